using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>Twins in the state store, with a cache in front and a gate for each.</summary>
internal sealed class TwinStore(IStateStore store, long cacheBytes)
{
    private readonly TwinCache _cache = new(cacheBytes);
    private readonly KeyedGate<IdentityId> _gate = new();

    /// <summary>Gets the store.</summary>
    public IStateStore State => store;

    /// <summary>Enters the gate of a twin; see <see cref="KeyedGate{TKey}.EnterAsync"/>.</summary>
    public ValueTask<bool> EnterAsync(IdentityId id, CancellationToken cancellationToken) => _gate.EnterAsync(id, cancellationToken);

    /// <summary>Leaves the gate of a twin.</summary>
    public void Leave(IdentityId id) => _gate.Leave(id);

    /// <summary>Reads a twin without waiting for its writers.</summary>
    /// <returns>The twin as it was committed last, or <see langword="null"/> if there is none.</returns>
    public async ValueTask<CachedTwin?> ReadAsync(IdentityId id, CancellationToken cancellationToken)
    {
        if (_cache.Find(id) is { } cached)
        {
            return cached;
        }

        // The cache is filled with the gate held: else a read that began before a write could end after it, with the old twin.
        // When so many wait that there is no room, the store is asked and nothing is kept.
        if (!await EnterAsync(id, cancellationToken).ConfigureAwait(false))
        {
            return await LoadAsync(id, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await ReadInGateAsync(id, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave(id);
        }
    }

    /// <summary>Tells whether a twin exists, without taking its gate.</summary>
    public async ValueTask<bool> PeekAsync(IdentityId id, CancellationToken cancellationToken) =>
        _cache.Find(id) is not null || await LoadAsync(id, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Reads a twin whose gate is held.</summary>
    public async ValueTask<CachedTwin?> ReadInGateAsync(IdentityId id, CancellationToken cancellationToken)
    {
        if (_cache.Find(id) is { } cached)
        {
            return cached;
        }

        var loaded = await LoadAsync(id, cancellationToken).ConfigureAwait(false);
        if (loaded is not null)
        {
            _cache.Set(id, loaded);
        }

        return loaded;
    }

    /// <summary>Commits a transaction that writes a twin whose gate is held.</summary>
    /// <param name="transaction">The transaction; it contains the twin's write.</param>
    /// <param name="document">The twin afterwards, or <see langword="null"/> if it is deleted.</param>
    /// <param name="id">Whose twin.</param>
    /// <param name="bytes">The length of the encoded twin.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    public async ValueTask<StateOutcome> CommitAsync(
        StateTransaction transaction, TwinDocument? document, IdentityId id, int bytes, CancellationToken cancellationToken)
    {
        StateOutcome outcome;
        try
        {
            outcome = await store.CommitAsync(transaction, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _cache.Remove(id); // Whether it was applied is not known: the store has to be asked.
            throw;
        }

        if (outcome.Applied && document is not null)
        {
            _cache.Set(id, new CachedTwin(outcome.Version, document, bytes));
        }
        else
        {
            _cache.Remove(id);
        }

        return outcome;
    }

    /// <summary>Forgets a twin; its gate is held.</summary>
    public void Forget(IdentityId id) => _cache.Remove(id);

    private async ValueTask<CachedTwin?> LoadAsync(IdentityId id, CancellationToken cancellationToken)
    {
        var stored = await store.ReadAsync(TwinCollections.Of(id), TwinCollections.KeyOf(id), cancellationToken).ConfigureAwait(false);
        return stored is null ? null : new CachedTwin(stored.Version, TwinDocument.Decode(id, stored.Body), stored.Body.Length);
    }
}
