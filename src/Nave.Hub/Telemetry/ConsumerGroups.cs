using System.Collections.Concurrent;
using System.Text.Json;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>
/// The consumer groups of a hub, durable, and the receivers in them, which are not. Names differ by more than letter case.
/// Thread-safe.
/// </summary>
public sealed class ConsumerGroups : IDisposable
{
    /// <summary>The most groups, the default one included. Source: Azure IoT Hub, S tiers.</summary>
    public const int MaxGroups = 20;

    /// <summary>The collection: key = the name in lower case, body = JSON.</summary>
    internal const string Collection = "consumer-groups";

    private readonly ConcurrentDictionary<string, GroupReceivers> _groups = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly int _partitions;

    private ConsumerGroups(IStateStore store, int partitions, TimeProvider time)
    {
        _store = store;
        _partitions = partitions;
        _time = time;
    }

    /// <summary>Returns the groups in the order of their names, the default one first.</summary>
    public IReadOnlyList<ConsumerGroup> List() =>
    [
        .. _groups.Values
            .Select(receivers => receivers.Group)
            .OrderBy(group => !ConsumerGroupNames.IsDefault(group.Name))
            .ThenBy(group => group.Name, StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>Finds a group by name, in any letter case.</summary>
    /// <returns>The group, or <see langword="null"/>.</returns>
    public ConsumerGroup? Find(string name) => _groups.TryGetValue(name, out var receivers) ? receivers.Group : null;

    /// <summary>Creates a group.</summary>
    /// <returns>The group; or 400004 (the name), 409000 (there is one), 403002 (there are 20).</returns>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask<HubResult<ConsumerGroup>> CreateAsync(string name, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_groups.TryGetValue(name, out var existing))
            {
                return new HubError(HubErrorCode.GenericConflict, $"The hub has a consumer group '{existing.Group.Name}' already.");
            }

            if (ConsumerGroupNames.Check(name) is { } invalid)
            {
                return invalid;
            }

            if (_groups.Count >= MaxGroups)
            {
                return new HubError(HubErrorCode.IotHubQuotaExceeded, $"The hub has {_groups.Count} consumer groups; no more are permitted.");
            }

            var group = new ConsumerGroup(name, _time.GetUtcNow());
            var transaction = new StateTransaction().Put(
                Collection, KeyOf(name), JsonSerializer.SerializeToUtf8Bytes(group, ConsumerGroupJson.Default.ConsumerGroup));
            await _store.CommitAsync(transaction, CancellationToken.None).ConfigureAwait(false);
            _groups[name] = new GroupReceivers(group, _partitions);
            return group;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Deletes a group; its receivers end.</summary>
    /// <returns>True; or 404000, 400003 (the default group).</returns>
    /// <exception cref="StorageUnavailableException">The store takes no writes.</exception>
    public async ValueTask<HubResult<bool>> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        if (ConsumerGroupNames.IsDefault(name))
        {
            return new HubError(HubErrorCode.InvalidOperation, $"The consumer group '{ConsumerGroupNames.Default}' is part of every hub; it cannot be deleted.");
        }

        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_groups.TryGetValue(name, out var receivers))
            {
                return new HubError(HubErrorCode.GenericNotFound, $"The hub has no consumer group '{name}'.");
            }

            await _store.CommitAsync(new StateTransaction().Delete(Collection, KeyOf(name)), CancellationToken.None).ConfigureAwait(false);
            _groups.TryRemove(name, out _);
            receivers.Close(ReceiverEnd.GroupDeleted, $"The consumer group '{receivers.Group.Name}' was deleted.");
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Gives a receiver a place in a group.</summary>
    /// <param name="group">The group's name, in any letter case.</param>
    /// <param name="partition">The partition, of those that the hub has.</param>
    /// <param name="epoch">The receiver's epoch: it will be alone; <see langword="null"/> = up to five share the partition.</param>
    /// <param name="receiver">The receiver; told when its place is taken, perhaps before this call returns.</param>
    public ReceiverAttempt Attach(string group, int partition, long? epoch, IEventReceiver receiver) =>
        _groups.TryGetValue(group, out var receivers)
            ? receivers[partition].Add(receiver, epoch)
            : new ReceiverAttempt(null, ReceiverRefusal.NoGroup, $"The consumer group '{group}' could not be found.");

    /// <summary>Ends all receivers.</summary>
    public void Dispose()
    {
        foreach (var receivers in _groups.Values)
        {
            receivers.Close(ReceiverEnd.HubClosed, "The hub closes.");
        }

        _changing.Dispose();
    }

    /// <summary>Reads the groups of a hub.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="partitions">How many partitions the hub has.</param>
    /// <param name="created">When the hub was made: since then there is the default group.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">A document is damaged.</exception>
    internal static async Task<ConsumerGroups> OpenAsync(
        IStateStore store, int partitions, DateTimeOffset created, TimeProvider time, CancellationToken cancellationToken)
    {
        var groups = new ConsumerGroups(store, partitions, time);
        groups._groups[ConsumerGroupNames.Default] = new GroupReceivers(new ConsumerGroup(ConsumerGroupNames.Default, created), partitions);
        await foreach (var document in store.ScanAsync(new StateScan(Collection), cancellationToken).ConfigureAwait(false))
        {
            var group = Decode(document);
            groups._groups[group.Name] = new GroupReceivers(group, partitions);
        }

        return groups;
    }

    /// <summary>Reads a stored group.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static ConsumerGroup Decode(StateDocument document)
    {
        ConsumerGroup? group = null;
        JsonException? cause = null;
        try
        {
            group = JsonSerializer.Deserialize(document.Body.Span, ConsumerGroupJson.Default.ConsumerGroup);
        }
        catch (JsonException e)
        {
            cause = e;
        }

        return group?.Name is { } name && KeyOf(name) == document.Key
            ? group
            : throw new InvalidDataException($"The document '{document.Key}' of the collection '{Collection}' is no consumer group of that name: it is damaged.", cause);
    }

    private static string KeyOf(string name) => name.ToLowerInvariant();
}
