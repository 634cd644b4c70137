using System.Runtime.CompilerServices;
using Nave.Hub.Devices;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>Reads all identities with their twins in one walk: three sorted scans side by side, in constant memory.</summary>
internal sealed class ExportLines(IStateStore store, IdentityCodec codec)
{
    /// <summary>Counts the identities.</summary>
    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => store.CountAsync(new StateScan(IdentityCodec.Collection), cancellationToken);

    /// <summary>Reads the identities in the order of their ids, the modules of a device after it.</summary>
    public async IAsyncEnumerable<(IdentityRecord Identity, TwinDocument? Twin)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var devices = new Side(store, TwinCollections.Devices, cancellationToken);
        await using var modules = new Side(store, TwinCollections.Modules, cancellationToken);
        await foreach (var document in store.ScanAsync(new StateScan(IdentityCodec.Collection), cancellationToken).ConfigureAwait(false))
        {
            var identity = codec.Decode(document);
            var side = identity.Id.IsModule ? modules : devices;

            // The scans are no snapshot: what one of them has passed is read by its key.
            var twin = await side.FindAsync(document.Key).ConfigureAwait(false)
                ?? await store.ReadAsync(TwinCollections.Of(identity.Id), document.Key, cancellationToken).ConfigureAwait(false);
            yield return (identity, twin is null ? null : TwinDocument.Decode(identity.Id, twin.Body));
        }
    }

    /// <summary>Reads some devices, each followed by its modules.</summary>
    public async IAsyncEnumerable<(IdentityRecord Identity, TwinDocument? Twin)> ReadAsync(
        IReadOnlyList<string> deviceIds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var deviceId in deviceIds)
        {
            if (await store.ReadAsync(IdentityCodec.Collection, deviceId, cancellationToken).ConfigureAwait(false) is not { } device)
            {
                continue;
            }

            yield return await WithTwinAsync(device, cancellationToken).ConfigureAwait(false);
            var modules = new StateScan(IdentityCodec.Collection) { Prefix = IdentityKey.ModulesOf(deviceId) };
            await foreach (var module in store.ScanAsync(modules, cancellationToken).ConfigureAwait(false))
            {
                yield return await WithTwinAsync(module, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<(IdentityRecord Identity, TwinDocument? Twin)> WithTwinAsync(StateDocument document, CancellationToken cancellationToken)
    {
        var identity = codec.Decode(document);
        var twin = await store.ReadAsync(TwinCollections.Of(identity.Id), document.Key, cancellationToken).ConfigureAwait(false);
        return (identity, twin is null ? null : TwinDocument.Decode(identity.Id, twin.Body));
    }

    /// <summary>A scan that follows another one of the same keys.</summary>
    private sealed class Side(IStateStore store, string collection, CancellationToken cancellationToken) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<StateDocument> _scan =
            store.ScanAsync(new StateScan(collection), cancellationToken).GetAsyncEnumerator(cancellationToken);

        private StateDocument? _current;
        private bool _isAtEnd;

        // Keys are ASCII, so the order of UTF-16 is the store's.
        public async ValueTask<StateDocument?> FindAsync(string key)
        {
            while (!_isAtEnd && (_current is null || string.CompareOrdinal(_current.Key, key) < 0))
            {
                _isAtEnd = !await _scan.MoveNextAsync().ConfigureAwait(false);
                _current = _isAtEnd ? null : _scan.Current;
            }

            return _current?.Key == key ? _current : null;
        }

        public ValueTask DisposeAsync() => _scan.DisposeAsync();
    }
}
