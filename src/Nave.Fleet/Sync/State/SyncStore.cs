using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Nave.Fleet.Sync.Configuration;
using Nave.Storage;
using Nave.Storage.Postgres;
using Nave.Storage.Sqlite;

namespace Nave.Fleet.Sync.State;

/// <summary>
/// What syncs must not forget, over a state store: runs, who runs on a hub, what was last in step, what is in quarantine; beside them the
/// work queue keeps its own collections (<see cref="Documents"/>). Any thread may call it.
/// </summary>
public sealed class SyncStore : IAsyncDisposable
{
    private const string SaltKey = "salt";

    private readonly TimeProvider _time;
    private readonly bool _ownsDocuments;

    private SyncStore(IStateStore documents, TimeProvider time, byte[] salt, bool ownsDocuments)
    {
        Documents = documents;
        _time = time;
        Salt = salt;
        _ownsDocuments = ownsDocuments;
    }

    /// <summary>Gets the state store itself.</summary>
    public IStateStore Documents { get; }

    /// <summary>Gets what fingerprints are made with, so that they tell nothing outside of this store: 32 bytes.</summary>
    internal ReadOnlyMemory<byte> Salt { get; }

    /// <summary>Opens the store that a configuration names, and makes it if there is none.</summary>
    /// <param name="configuration">The configuration: a folder, or a PostgreSQL database.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of opening and closing, and of a disk or server that is full, away or fails.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SyncStoreBusyException">Another process has it open.</exception>
    /// <exception cref="InvalidDataException">The file or the schema is no state store, or is damaged.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static Task<SyncStore> OpenAsync(SyncConfiguration configuration, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        configuration.StoreDatabase is { } database
            ? OpenAsync(async () => await PostgresStateStore.OpenAsync(database, time, logger, cancellationToken).ConfigureAwait(false), database.ToString(), time, cancellationToken)
            : OpenAsync(configuration.StoreFolder, time, logger, cancellationToken);

    /// <summary>Opens the store of a folder, and makes it if there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of opening and closing, and of a disk that is full or fails.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SyncStoreBusyException">Another process has it open.</exception>
    /// <exception cref="InvalidDataException">The file is no state store, or is damaged.</exception>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public static Task<SyncStore> OpenAsync(string folder, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        // A sync writes little beside what its caches would hold for a hub.
        var options = new SqliteStateOptions { Path = Path.Combine(folder, "state.db"), WriterCacheBytes = 8 * 1024 * 1024, Readers = 2 };
        return OpenAsync(async () => await SqliteStateStore.OpenAsync(options, logger, cancellationToken).ConfigureAwait(false), folder, time, cancellationToken);
    }

    /// <summary>Opens a store over documents that are open already.</summary>
    internal static async Task<SyncStore> OpenAsync(IStateStore documents, TimeProvider time, bool ownsDocuments, CancellationToken cancellationToken)
    {
        var salt = await documents.ReadAsync(SyncCollections.Values, SaltKey, cancellationToken).ConfigureAwait(false);
        if (salt is null)
        {
            var made = new StateTransaction().Put(SyncCollections.Values, SaltKey, RandomNumberGenerator.GetBytes(32), StateTransaction.Absent);
            await documents.CommitAsync(made, cancellationToken).ConfigureAwait(false);
            salt = await documents.ReadAsync(SyncCollections.Values, SaltKey, cancellationToken).ConfigureAwait(false);
        }

        // Written above, or by who was faster.
        return new SyncStore(documents, time, salt!.Body.ToArray(), ownsDocuments);
    }

    /// <summary>Makes the id of a run that begins now.</summary>
    public string NewRunId() => string.Create(
        CultureInfo.InvariantCulture, $"{long.MaxValue - _time.GetUtcNow().UtcTicks:x16}-{RandomNumberGenerator.GetInt32(int.MaxValue):x8}");

    /// <summary>Writes the record of a run.</summary>
    public Task PutRunAsync(SyncRun run, CancellationToken cancellationToken) =>
        PutAsync(SyncCollections.Runs, run.Id, run, SyncJson.Default.SyncRun, cancellationToken);

    /// <summary>Reads the record of a run.</summary>
    public async Task<SyncRun?> GetRunAsync(string id, CancellationToken cancellationToken) =>
        Read(await Documents.ReadAsync(SyncCollections.Runs, id, cancellationToken).ConfigureAwait(false), SyncJson.Default.SyncRun);

    /// <summary>Reads the records of runs, the newest first.</summary>
    public async IAsyncEnumerable<SyncRun> RunsAsync(int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in Documents.ScanAsync(new StateScan(SyncCollections.Runs) { Limit = limit }, cancellationToken).ConfigureAwait(false))
        {
            yield return Deserialize(document, SyncJson.Default.SyncRun);
        }
    }

    /// <summary>Takes the lease of a hub, if it is free, has expired, or is of a process of this machine that is gone.</summary>
    /// <returns><see langword="null"/> when it was taken; else who has it.</returns>
    public async Task<SyncLease?> TryAcquireAsync(string hub, SyncLease lease, CancellationToken cancellationToken)
    {
        var key = LeaseKey(hub);
        while (true)
        {
            var document = await Documents.ReadAsync(SyncCollections.Leases, key, cancellationToken).ConfigureAwait(false);
            if (Read(document, SyncJson.Default.SyncLease) is { } held && held.RunId != lease.RunId && held.Expires > _time.GetUtcNow()
                && !RunHolder.IsGone(held.Holder))
            {
                return held;
            }

            var transaction = new StateTransaction().Put(
                SyncCollections.Leases, key, Serialize(lease, SyncJson.Default.SyncLease), document?.Version ?? StateTransaction.Absent);
            if ((await Documents.CommitAsync(transaction, cancellationToken).ConfigureAwait(false)).Applied)
            {
                return null;
            }
        }
    }

    /// <summary>Renews a lease.</summary>
    /// <returns>False: another run has it.</returns>
    public async Task<bool> RenewAsync(string hub, SyncLease lease, CancellationToken cancellationToken)
    {
        var document = await Documents.ReadAsync(SyncCollections.Leases, LeaseKey(hub), cancellationToken).ConfigureAwait(false);
        if (Read(document, SyncJson.Default.SyncLease)?.RunId != lease.RunId)
        {
            return false;
        }

        var transaction = new StateTransaction().Put(
            SyncCollections.Leases, LeaseKey(hub), Serialize(lease, SyncJson.Default.SyncLease), document!.Version);
        return (await Documents.CommitAsync(transaction, cancellationToken).ConfigureAwait(false)).Applied;
    }

    /// <summary>Gives a lease back; nothing happens if another run has it.</summary>
    public async Task ReleaseAsync(string hub, string runId, CancellationToken cancellationToken)
    {
        var document = await Documents.ReadAsync(SyncCollections.Leases, LeaseKey(hub), cancellationToken).ConfigureAwait(false);
        if (Read(document, SyncJson.Default.SyncLease)?.RunId == runId)
        {
            await Documents.CommitAsync(new StateTransaction().Delete(SyncCollections.Leases, LeaseKey(hub), document!.Version), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads who runs on a hub; an expired lease counts as none.</summary>
    public async Task<SyncLease?> GetLeaseAsync(string hub, CancellationToken cancellationToken) =>
        Read(await Documents.ReadAsync(SyncCollections.Leases, LeaseKey(hub), cancellationToken).ConfigureAwait(false), SyncJson.Default.SyncLease) is { } lease
        && lease.Expires > _time.GetUtcNow()
            ? lease
            : null;

    /// <summary>Reads what is known of one device of a sync.</summary>
    public async Task<SyncedDevice?> GetDeviceAsync(string sync, string deviceId, CancellationToken cancellationToken) =>
        Read(await Documents.ReadAsync(SyncCollections.Devices, DeviceKey(sync, deviceId), cancellationToken).ConfigureAwait(false), SyncJson.Default.SyncedDevice);

    /// <summary>Reads what is known of all devices of a sync, in the ordinal order of their ids.</summary>
    public async IAsyncEnumerable<KeyValuePair<string, SyncedDevice>> DevicesAsync(string sync, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = DeviceKey(sync, string.Empty);
        await foreach (var document in Documents.ScanAsync(new StateScan(SyncCollections.Devices) { Prefix = prefix }, cancellationToken).ConfigureAwait(false))
        {
            yield return KeyValuePair.Create(document.Key[prefix.Length..], Deserialize(document, SyncJson.Default.SyncedDevice));
        }
    }

    /// <summary>Writes what is known of devices, in one durable step; <see langword="null"/> forgets a device.</summary>
    public async Task PutDevicesAsync(string sync, IEnumerable<KeyValuePair<string, SyncedDevice?>> devices, CancellationToken cancellationToken)
    {
        var transaction = new StateTransaction();
        foreach (var (id, device) in devices)
        {
            _ = device is null
                ? transaction.Delete(SyncCollections.Devices, DeviceKey(sync, id))
                : transaction.Put(SyncCollections.Devices, DeviceKey(sync, id), Serialize(device, SyncJson.Default.SyncedDevice));
        }

        if (transaction.Writes.Count > 0)
        {
            await Documents.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads one device's quarantine.</summary>
    public async Task<QuarantinedDevice?> GetQuarantinedAsync(string sync, string deviceId, CancellationToken cancellationToken) => Read(
        await Documents.ReadAsync(SyncCollections.Quarantine, DeviceKey(sync, deviceId), cancellationToken).ConfigureAwait(false), SyncJson.Default.QuarantinedDevice);

    /// <summary>Reads the quarantine of a sync, in the ordinal order of ids.</summary>
    public async IAsyncEnumerable<QuarantinedDevice> QuarantineAsync(string sync, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scan = new StateScan(SyncCollections.Quarantine) { Prefix = DeviceKey(sync, string.Empty) };
        await foreach (var document in Documents.ScanAsync(scan, cancellationToken).ConfigureAwait(false))
        {
            yield return Deserialize(document, SyncJson.Default.QuarantinedDevice);
        }
    }

    /// <summary>Puts a device into quarantine, or changes what is said of it there.</summary>
    public Task PutQuarantinedAsync(string sync, QuarantinedDevice device, CancellationToken cancellationToken) =>
        PutAsync(SyncCollections.Quarantine, DeviceKey(sync, device.DeviceId), device, SyncJson.Default.QuarantinedDevice, cancellationToken);

    /// <summary>Lets a device out of quarantine.</summary>
    public async Task RemoveQuarantinedAsync(string sync, string deviceId, CancellationToken cancellationToken) =>
        await Documents.CommitAsync(new StateTransaction().Delete(SyncCollections.Quarantine, DeviceKey(sync, deviceId)), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _ownsDocuments ? Documents.DisposeAsync() : ValueTask.CompletedTask;

    private static string LeaseKey(string hub) => hub.ToLowerInvariant();

    // No name of a sync has a slash.
    private static string DeviceKey(string sync, string deviceId) => $"{sync}/{deviceId}";

    private static byte[] Serialize<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static T? Read<T>(StateDocument? document, JsonTypeInfo<T> type)
        where T : class => document is null ? null : Deserialize(document, type);

    private static T Deserialize<T>(StateDocument document, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(document.Body.Span, type)
        ?? throw new InvalidDataException($"The document '{document.Key}' of the sync's store is null.");

    private static async Task<SyncStore> OpenAsync(Func<Task<IStateStore>> open, string place, TimeProvider time, CancellationToken cancellationToken)
    {
        IStateStore documents;
        try
        {
            documents = await open().ConfigureAwait(false);
        }
        catch (IOException e) when (e.Message.Contains("another process", StringComparison.OrdinalIgnoreCase))
        {
            throw new SyncStoreBusyException(place, e);
        }

        try
        {
            return await OpenAsync(documents, time, ownsDocuments: true, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await documents.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task PutAsync<T>(string collection, string key, T value, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        await Documents.CommitAsync(new StateTransaction().Put(collection, key, Serialize(value, type)), cancellationToken).ConfigureAwait(false);
}
