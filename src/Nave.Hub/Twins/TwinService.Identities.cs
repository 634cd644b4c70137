using Nave.Api;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>What the registry calls, so that an identity and its twin are born, change and die in one transaction.</summary>
public sealed partial class TwinService
{
    /// <summary>Adds to a transaction that creates an identity: its twin and its lifecycle event.</summary>
    /// <param name="transaction">The registry's transaction; the registry commits it.</param>
    /// <param name="identity">The identity as it will be stored.</param>
    /// <param name="initial">
    /// Tags, desired and reported properties to begin with, as <c>{"tags":{…},"properties":{"desired":{…},"reported":{…}}}</c>;
    /// empty for none.
    /// </param>
    /// <returns><see langword="null"/>, or 400004 if <paramref name="initial"/> breaks a limit; nothing was added then.</returns>
    internal HubError? AddCreate(StateTransaction transaction, TwinIdentity identity, ReadOnlyMemory<byte> initial = default)
    {
        var now = _time.GetUtcNow();
        var part = TwinIdentityPart.From(identity);
        var twin = TwinDocument.New(part, now.UtcTicks);
        if (!initial.IsEmpty)
        {
            if (!TwinRequest.TryRead(initial, out var request, out var error))
            {
                return error;
            }

            var made = TwinEdit.MakeInitial(part, request, now);
            if (!made.IsSuccess)
            {
                return made.Error;
            }

            twin = made.Value;
        }

        var body = twin.Encode(out twin);
        transaction.Put(TwinCollections.Of(identity.Id), TwinCollections.KeyOf(identity.Id), body, StateTransaction.Absent, TwinTerms.OfNew(twin, identity));
        _events.AddLifecycle(transaction, twin, HubEventKind.IdentityCreated, now);
        return null;
    }

    /// <summary>Tells that a transaction of <see cref="AddCreate"/> was committed.</summary>
    internal void Created(IdentityId id) => Observer?.Changed(id, TwinAspects.Identity);

    /// <summary>Commits a transaction that changes an identity, together with what its twin shows of it.</summary>
    /// <param name="transaction">The registry's writes, each with the version it expects.</param>
    /// <param name="identity">The identity as it will be stored.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The outcome; a conflict is always one of the registry's own writes.</returns>
    internal async ValueTask<StateOutcome> CommitUpdateAsync(StateTransaction transaction, TwinIdentity identity, CancellationToken cancellationToken)
    {
        var id = identity.Id;
        await EnterAsync(id, cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                var attempt = Copy(transaction);
                var current = await _twins.ReadInGateAsync(id, cancellationToken).ConfigureAwait(false);
                if (current is null)
                {
                    // The identity is being deleted: its own write decides.
                    return await _twins.State.CommitAsync(attempt, cancellationToken).ConfigureAwait(false);
                }

                var body = (current.Document with { Identity = TwinIdentityPart.From(identity) }).Encode(out var document);
                attempt.Put(TwinCollections.Of(id), TwinCollections.KeyOf(id), body, current.StoreVersion, TwinTerms.Of(document));
                var outcome = await _twins.CommitAsync(attempt, document, id, body.Length, cancellationToken).ConfigureAwait(false);
                if (outcome.Applied)
                {
                    Observer?.Changed(id, TwinAspects.Identity);
                }

                if (outcome.Applied || outcome.Conflict < transaction.Writes.Count)
                {
                    return outcome;
                }
            }
        }
        finally
        {
            _twins.Leave(id);
        }
    }

    /// <summary>Commits a transaction that deletes identities, together with their twins and lifecycle events; then their queues are emptied.</summary>
    /// <param name="transaction">The registry's writes, each with the version it expects.</param>
    /// <param name="ids">The identities that the transaction deletes: a device and its modules.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The outcome; a conflict is always one of the registry's own writes.</returns>
    internal async ValueTask<StateOutcome> CommitDeleteAsync(StateTransaction transaction, IReadOnlyList<IdentityId> ids, CancellationToken cancellationToken)
    {
        // Always in the same order, so that two deletions never wait for each other.
        var ordered = ids.OrderBy(TwinCollections.KeyOf, StringComparer.Ordinal).ToArray();
        var entered = 0;
        try
        {
            for (; entered < ordered.Length; entered++)
            {
                await EnterAsync(ordered[entered], cancellationToken).ConfigureAwait(false);
            }

            while (true)
            {
                var attempt = await WithTwinsDeletedAsync(transaction, ordered, cancellationToken).ConfigureAwait(false);
                var outcome = await _twins.State.CommitAsync(attempt, cancellationToken).ConfigureAwait(false);
                if (outcome.Applied)
                {
                    // What a crash leaves behind here belongs to a generation that nobody has any more, and is never delivered.
                    await _queues.DeletedAsync(ordered, CancellationToken.None).ConfigureAwait(false);
                    return outcome;
                }

                if (outcome.Conflict < transaction.Writes.Count)
                {
                    return outcome;
                }
            }
        }
        finally
        {
            foreach (var id in ordered.AsSpan(0, entered))
            {
                _twins.Forget(id);
                _twins.Leave(id);
            }
        }
    }

    /// <summary>Tells whether an identity exists, from memory when its twin was used lately.</summary>
    internal async ValueTask<bool> ExistsAsync(IdentityId id, CancellationToken cancellationToken) =>
        await _twins.ReadAsync(id, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Gets which life of an id this is, or the error that says that there is none.</summary>
    internal async ValueTask<HubResult<string>> FindGenerationAsync(IdentityId id, CancellationToken cancellationToken)
    {
        var twin = await _twins.ReadAsync(id, cancellationToken).ConfigureAwait(false);
        return twin is null ? await NotFoundAsync(id, cancellationToken).ConfigureAwait(false) : twin.Document.Identity.GenerationId;
    }

    private async ValueTask<StateTransaction> WithTwinsDeletedAsync(StateTransaction transaction, IdentityId[] ids, CancellationToken cancellationToken)
    {
        var attempt = Copy(transaction);
        var now = _time.GetUtcNow();
        foreach (var id in ids)
        {
            var current = await _twins.ReadInGateAsync(id, cancellationToken).ConfigureAwait(false);
            if (current is not null)
            {
                attempt.Delete(TwinCollections.Of(id), TwinCollections.KeyOf(id), current.StoreVersion);
                _events.AddLifecycle(attempt, current.Document, HubEventKind.IdentityDeleted, now);
            }
        }

        return attempt;
    }

    // A transaction is committed once; a conflict over the twin takes another, with the same writes of the registry.
    private static StateTransaction Copy(StateTransaction transaction)
    {
        var copy = new StateTransaction();
        foreach (var write in transaction.Writes)
        {
            _ = write.Kind switch
            {
                StateWriteKind.Put => copy.Put(write.Collection, write.Key, write.Body, write.ExpectedVersion, write.Terms),
                StateWriteKind.Delete => copy.Delete(write.Collection, write.Key, write.ExpectedVersion),
                _ => copy.Require(write.Collection, write.Key, write.ExpectedVersion),
            };
        }

        foreach (var entry in transaction.Outbox)
        {
            copy.Publish(entry.Topic, entry.Body);
        }

        return copy;
    }

    private async ValueTask EnterAsync(IdentityId id, CancellationToken cancellationToken)
    {
        if (!await _twins.EnterAsync(id, cancellationToken).ConfigureAwait(false))
        {
            throw new StorageUnavailableException(
                $"{KeyedGate<IdentityId>.MaxWaiters} changes of the twin of '{id}' are waiting already.", isTransient: true);
        }
    }
}
