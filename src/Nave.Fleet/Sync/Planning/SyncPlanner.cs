using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using Nave.Client;
using Nave.Fleet.Sorting;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Planning;

/// <summary>
/// Makes plans: lists both sides as streams, sorts each on disk, merges them by id. Memory does not grow with the number of devices. Nothing
/// is compared before both listings have come to their end.
/// </summary>
internal sealed class SyncPlanner
{
    // A progress for each device of a million would cost more than the merge.
    private const int ProgressEvery = 500;

    private readonly SyncConfiguration _configuration;
    private readonly Func<CancellationToken, IAsyncEnumerable<HubRow>> _hub;
    private readonly IDeviceProvider _provider;
    private readonly SyncStore? _store;
    private readonly IProgress<SyncProgress>? _progress;
    private readonly YoungHeap _heap = new();

    /// <summary>Initializes the planner.</summary>
    /// <param name="configuration">What is kept in step how.</param>
    /// <param name="service">The hub.</param>
    /// <param name="provider">The external registry.</param>
    /// <param name="store">What is known of devices; not needed when the external registry is the only master.</param>
    /// <param name="progress">Told how far it is.</param>
    public SyncPlanner(
        SyncConfiguration configuration, ServiceClient service, IDeviceProvider provider, SyncStore? store, IProgress<SyncProgress>? progress)
        : this(configuration, cancellationToken => HubListing.ReadAsync(service, provider.Traits.ValuesAreJson, cancellationToken), provider, store, progress)
    {
    }

    /// <summary>Initializes the planner with the listing of a hub, wherever that comes from.</summary>
    public SyncPlanner(
        SyncConfiguration configuration,
        Func<CancellationToken, IAsyncEnumerable<HubRow>> hub,
        IDeviceProvider provider,
        SyncStore? store,
        IProgress<SyncProgress>? progress)
    {
        if (store is null && configuration.Master != SyncMaster.External)
        {
            throw new ArgumentException("A store is needed unless the external registry is the only master.", nameof(store));
        }

        _configuration = configuration;
        _hub = hub;
        _provider = provider;
        _store = configuration.Master == SyncMaster.External ? null : store;
        _progress = progress;
    }

    /// <summary>Makes a plan; the caller disposes of it.</summary>
    /// <param name="adopt">Whether devices without the mark are taken over.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ListingIncompleteException">The external registry could not be listed to its end.</exception>
    /// <exception cref="HubException">The hub refused.</exception>
    /// <exception cref="HttpRequestException">The hub could not be reached.</exception>
    public async Task<SyncPlan> PlanAsync(bool adopt, CancellationToken cancellationToken)
    {
        using var hub = new ExternalSorter();
        using var external = new ExternalSorter();

        // 1. List both sides at the same time; the first that fails ends the other.
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listed = new long[1];
        var listings = new[] { ListHubAsync(hub, listed, both.Token), ListExternalAsync(external, listed, both.Token) };
        var first = await Task.WhenAny(listings).ConfigureAwait(false);
        if (!first.IsCompletedSuccessfully)
        {
            await both.CancelAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(listings).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var listing in (ReadOnlySpan<Task>)[first, .. listings])
        {
            if (!listing.IsCompletedSuccessfully)
            {
                // The one that failed by itself, not the one that was ended for it.
                ExceptionDispatchInfo.Throw(listing.Exception?.InnerException ?? new OperationCanceledException(cancellationToken));
            }
        }

        // 2. Merge them, with what is known of each device.
        var file = new SpoolFile();
        try
        {
            var counts = await MergeAsync(hub, external, adopt, file, cancellationToken).ConfigureAwait(false);
            file.Flush();

            // 3. See whether it may be applied.
            var empty = new List<string>();
            if (external.Count == 0 && _configuration.Master != SyncMaster.Hub)
            {
                empty.Add("the external registry");
            }

            if (hub.Count == 0 && _configuration.Master != SyncMaster.External)
            {
                empty.Add("the hub");
            }

            var (guard, mayAllow) = SyncPlan.Check(counts, empty, _configuration.Guards.MaxDeletePercent);
            return new SyncPlan(file, counts, guard, mayAllow);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private async Task ListHubAsync(ExternalSorter sorter, long[] listed, CancellationToken cancellationToken)
    {
        await foreach (var row in _hub(cancellationToken).ConfigureAwait(false))
        {
            sorter.Add(Encoding.UTF8.GetBytes(row.DeviceId), JsonSerializer.SerializeToUtf8Bytes(row, PlanJson.Default.HubRow));
            Listed(listed);
        }
    }

    private async Task ListExternalAsync(ExternalSorter sorter, long[] listed, CancellationToken cancellationToken)
    {
        await foreach (var device in _provider.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            var row = device with { Fields = Sorted(device.Fields) };
            sorter.Add(Encoding.UTF8.GetBytes(_provider.ToHub(device).DeviceId), JsonSerializer.SerializeToUtf8Bytes(row, PlanJson.Default.ExternalDevice));
            Listed(listed);
        }
    }

    // So that the same device has the same bytes.
    private static Dictionary<string, string> Sorted(IReadOnlyDictionary<string, string> fields) =>
        fields.OrderBy(field => field.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    private void Listed(long[] listed)
    {
        if (Interlocked.Increment(ref listed[0]) is var count && count % ProgressEvery == 0)
        {
            _progress?.Report(new SyncProgress(SyncPhase.Listing, count, null));
            _heap.Trim();
        }
    }

    private async Task<PlanCounts> MergeAsync(ExternalSorter hub, ExternalSorter external, bool adopt, SpoolFile file, CancellationToken cancellationToken)
    {
        var rules = PlanRules.For(_configuration, _provider, adopt, new Fingerprint(_store?.Salt ?? default));
        var quarantine = await ReadQuarantineAsync(cancellationToken).ConfigureAwait(false);
        using var left = new DeviceGroups<HubRow>(hub.Read(), PlanJson.Default.HubRow);
        using var right = new DeviceGroups<ExternalDevice>(external.Read(), PlanJson.Default.ExternalDevice);
        var known = (_store?.DevicesAsync(_configuration.Name, cancellationToken) ?? AsyncEnumerable.Empty<KeyValuePair<string, SyncedDevice>>())
            .GetAsyncEnumerator(cancellationToken);
        await using var end = known.ConfigureAwait(false);
        left.MoveNext();
        right.MoveNext();
        var knownKey = await NextAsync(known).ConfigureAwait(false);
        var total = hub.Count + external.Count;
        var done = 0L;
        var merged = 0L;
        var counts = new PlanCounts();
        _progress?.Report(new SyncProgress(SyncPhase.Comparing, 0, total));
        while (Least(Least(left.Key, right.Key), knownKey) is { } key)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Of two rows of one hub device, the twin changed while it was listed.
            var hubRow = Same(left.Key, key) ? left.Rows.MaxBy(row => row.Version) : null;
            var externals = Same(right.Key, key) ? right.Rows : [];
            var synced = Same(knownKey, key) ? known.Current.Value : null;
            var deviceId = Encoding.UTF8.GetString(key);
            var decision = rules.Plan(new PlanCase(deviceId, hubRow, externals, synced, quarantine.GetValueOrDefault(deviceId)));
            counts = Count(counts, decision);
            if (decision.Change is { } change)
            {
                SpoolRecord.Append(file, key, JsonSerializer.SerializeToUtf8Bytes(change, PlanJson.Default.PlannedChange));
            }

            done += (hubRow is null ? 0 : left.Rows.Count) + externals.Count;
            if (hubRow is not null)
            {
                left.MoveNext();
            }

            if (externals.Count > 0)
            {
                right.MoveNext();
            }

            if (synced is not null)
            {
                knownKey = await NextAsync(known).ConfigureAwait(false);
            }

            if (++merged % ProgressEvery == 0)
            {
                _progress?.Report(new SyncProgress(SyncPhase.Comparing, Math.Min(done, total), total));
                _heap.Trim();
            }
        }

        return counts;
    }

    // Few: each waits for a person.
    private async Task<Dictionary<string, QuarantinedDevice>> ReadQuarantineAsync(CancellationToken cancellationToken)
    {
        var quarantine = new Dictionary<string, QuarantinedDevice>(StringComparer.Ordinal);
        if (_store is not null)
        {
            await foreach (var device in _store.QuarantineAsync(_configuration.Name, cancellationToken).ConfigureAwait(false))
            {
                quarantine[device.DeviceId] = device;
            }
        }

        return quarantine;
    }

    private static async ValueTask<byte[]?> NextAsync(IAsyncEnumerator<KeyValuePair<string, SyncedDevice>> devices) =>
        await devices.MoveNextAsync().ConfigureAwait(false) ? Encoding.UTF8.GetBytes(devices.Current.Key) : null;

    private static bool Same(byte[]? left, byte[] right) => left is not null && left.AsSpan().SequenceEqual(right);

    private static byte[]? Least(byte[]? left, byte[]? right) =>
        left is null ? right : right is null || left.AsSpan().SequenceCompareTo(right) <= 0 ? left : right;

    private static PlanCounts Count(PlanCounts counts, PlanDecision decision)
    {
        counts = counts with { Owned = counts.Owned + decision.Owned };
        return decision switch
        {
            { IsForeign: true } => counts with { Foreign = counts.Foreign + 1 },
            { Change.Action: PlanAction.Create } => counts with { Create = counts.Create + 1 },
            { Change.Action: PlanAction.Update } => counts with { Update = counts.Update + 1 },
            { Change.Action: PlanAction.Delete } => counts with { Delete = counts.Delete + 1 },
            { Change.Action: PlanAction.Conflict } => counts with { Conflict = counts.Conflict + 1 },

            // Known, and on neither side.
            { Change: { Forget: true, Action: PlanAction.Unchanged } } => counts,
            _ => counts with { Unchanged = counts.Unchanged + 1 },
        };
    }
}
