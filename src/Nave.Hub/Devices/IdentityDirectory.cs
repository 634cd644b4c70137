using Nave.Api;
using Nave.Hub.Limits;
using Nave.Storage;

namespace Nave.Hub.Devices;

/// <summary>Reads identities, from memory when they were used lately. What it returns is never older than the last write that has returned.</summary>
internal sealed class IdentityDirectory(IStateStore store, IdentityCodec codec, HubThrottle throttle, int cacheCapacity)
{
    private readonly IdentityCache _cache = new(cacheCapacity);

    /// <summary>Finds an identity.</summary>
    public ValueTask<IdentityRecord?> FindAsync(IdentityId id, CancellationToken cancellationToken) =>
        _cache.TryGet(id, out var record) ? new ValueTask<IdentityRecord?>(record) : LoadAsync(id, cancellationToken);

    /// <summary>Finds an identity in memory only; <see langword="null"/> = not known here.</summary>
    public IdentityRecord? FindCached(IdentityId id) => _cache.TryGet(id, out var record) ? record : null;

    /// <summary>Forgets an identity that has been written.</summary>
    public void Invalidate(IdentityId id) => _cache.Invalidate(id);

    private async ValueTask<IdentityRecord?> LoadAsync(IdentityId id, CancellationToken cancellationToken)
    {
        var ticket = _cache.Ticket(id);
        var document = await store.ReadAsync(IdentityCodec.Collection, IdentityKey.Of(id), cancellationToken);
        if (document is null)
        {
            return null;
        }

        var record = codec.Decode(document) with { SendBudget = throttle.CreateSendBudget() };
        _cache.Add(record, ticket);
        return record;
    }
}
