using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Nave.Api;
using Nave.Storage;
using Nave.Storage.Sqlite;

namespace Nave.Fleet.Recovery;

/// <summary>
/// What a mirror must not forget, in its folder: which hubs it is of, how far the source's events were applied, and for each identity the marks
/// with which both hubs were last equal — what a merge after a failover tells changes by. Collections: docs/formats/mirror.md.
/// </summary>
internal sealed class MirrorStore : IAsyncDisposable
{
    private const string Marks = "mirror-marks";
    private const string Positions = "mirror-positions";
    private const string Values = "mirror";
    private const string PairKey = "pair";
    private const string ConfigurationsKey = "configurations";

    private readonly IStateStore _store;

    private MirrorStore(IStateStore store) => _store = store;

    /// <summary>Opens the store of a folder, and makes it if there is none.</summary>
    /// <exception cref="FolderBusyException">Another process has it open.</exception>
    public static async Task<MirrorStore> OpenAsync(string folder, ILogger logger, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var options = new SqliteStateOptions { Path = Path.Combine(folder, "state.db"), WriterCacheBytes = 8 * 1024 * 1024, Readers = 2 };
        try
        {
            return new MirrorStore(await SqliteStateStore.OpenAsync(options, logger, cancellationToken).ConfigureAwait(false));
        }
        catch (IOException e) when (e.Message.Contains("another process", StringComparison.OrdinalIgnoreCase))
        {
            throw new FolderBusyException(folder, e);
        }
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    public Task<MirrorPair?> ReadPairAsync(CancellationToken cancellationToken) => ReadAsync(Values, PairKey, MirrorJson.Default.MirrorPair, cancellationToken);

    public async Task WritePairAsync(MirrorPair pair, CancellationToken cancellationToken) =>
        await _store.CommitAsync(new StateTransaction().Put(Values, PairKey, Body(pair, MirrorJson.Default.MirrorPair)), cancellationToken).ConfigureAwait(false);

    /// <summary>Reads which configurations of the target are the mirror's.</summary>
    public async Task<IReadOnlyCollection<string>> ReadConfigurationsAsync(CancellationToken cancellationToken) =>
        await ReadAsync(Values, ConfigurationsKey, MirrorJson.Default.StringArray, cancellationToken).ConfigureAwait(false) ?? [];

    public async Task WriteConfigurationsAsync(string[] ids, CancellationToken cancellationToken) =>
        await _store.CommitAsync(new StateTransaction().Put(Values, ConfigurationsKey, Body(ids, MirrorJson.Default.StringArray)), cancellationToken).ConfigureAwait(false);

    public async Task<Dictionary<string, MirrorPosition>> ReadPositionsAsync(CancellationToken cancellationToken)
    {
        var positions = new Dictionary<string, MirrorPosition>();
        await foreach (var document in _store.ScanAsync(new StateScan(Positions), cancellationToken).ConfigureAwait(false))
        {
            positions[document.Key] = Decode(document, MirrorJson.Default.MirrorPosition);
        }

        return positions;
    }

    public async Task WritePositionsAsync(IReadOnlyDictionary<string, MirrorPosition> positions, CancellationToken cancellationToken)
    {
        var transaction = new StateTransaction();
        foreach (var (partition, position) in positions)
        {
            transaction.Put(Positions, partition, Body(position, MirrorJson.Default.MirrorPosition));
        }

        await _store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<long> CountMarksAsync(CancellationToken cancellationToken) => _store.CountAsync(new StateScan(Marks), cancellationToken);

    public Task<RegistryMarks?> ReadMarksAsync(IdentityId id, CancellationToken cancellationToken) =>
        ReadAsync(Marks, KeyOf(id), MirrorJson.Default.RegistryMarks, cancellationToken);

    /// <summary>Reads the marks of a device and its modules.</summary>
    public async Task<Dictionary<IdentityId, RegistryMarks>> ReadFamilyAsync(string deviceId, CancellationToken cancellationToken)
    {
        var family = new Dictionary<IdentityId, RegistryMarks>();
        if (await ReadMarksAsync(new IdentityId(deviceId), cancellationToken).ConfigureAwait(false) is { } own)
        {
            family[new IdentityId(deviceId)] = own;
        }

        await foreach (var document in _store.ScanAsync(new StateScan(Marks) { Prefix = deviceId + "\0" }, cancellationToken).ConfigureAwait(false))
        {
            family[IdOf(document.Key)] = Decode(document, MirrorJson.Default.RegistryMarks);
        }

        return family;
    }

    /// <summary>Reads all marks in the order of ids.</summary>
    public async IAsyncEnumerable<(IdentityId Id, RegistryMarks Marks)> ReadMarksAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in _store.ScanAsync(new StateScan(Marks), cancellationToken).ConfigureAwait(false))
        {
            yield return (IdOf(document.Key), Decode(document, MirrorJson.Default.RegistryMarks));
        }
    }

    /// <summary>Writes marks; <see langword="null"/> = the identity is in neither hub any more.</summary>
    public async Task WriteMarksAsync(IReadOnlyCollection<(IdentityId Id, RegistryMarks? Marks)> marks, CancellationToken cancellationToken)
    {
        if (marks.Count == 0)
        {
            return;
        }

        var transaction = new StateTransaction();
        foreach (var (id, mark) in marks)
        {
            if (mark is null)
            {
                transaction.Delete(Marks, KeyOf(id));
            }
            else
            {
                transaction.Put(Marks, KeyOf(id), Body(mark, MirrorJson.Default.RegistryMarks));
            }
        }

        await _store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
    }

    private static string KeyOf(IdentityId id) => id.ModuleId is null ? id.DeviceId : $"{id.DeviceId}\0{id.ModuleId}";

    private static IdentityId IdOf(string key)
    {
        var end = key.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? new IdentityId(key) : new IdentityId(key[..end], key[(end + 1)..]);
    }

    private static byte[] Body<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static T Decode<T>(StateDocument document, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(document.Body.Span, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The mirror's document '{document.Key}' is damaged: {e.Message}", e);
        }
    }

    private async Task<T?> ReadAsync<T>(string collection, string key, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class =>
        await _store.ReadAsync(collection, key, cancellationToken).ConfigureAwait(false) is { } document ? Decode(document, type) : null;
}
