using Nave.Api;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <content>What imports and jobs call: changes that are committed together with what the job records of them.</content>
public sealed partial class TwinService
{
    /// <summary>Adds to a transaction that creates an identity: its twin, as it was when it was exported, and its lifecycle event.</summary>
    /// <returns><see langword="null"/>, or 400004 if the content breaks a limit; nothing was added then.</returns>
    internal HubError? AddRestored(StateTransaction transaction, TwinIdentity identity, in ImportedTwin content)
    {
        if (!TwinRequest.TryRead(content.Json, out var request, out var error))
        {
            return error;
        }

        var now = _time.GetUtcNow();
        var made = TwinRestore.Make(TwinIdentityPart.From(identity), request, content.Etag, now);
        if (!made.IsSuccess)
        {
            return made.Error;
        }

        var body = made.Value.Encode(out var twin);
        transaction.Put(TwinCollections.Of(identity.Id), TwinCollections.KeyOf(identity.Id), body, StateTransaction.Absent, TwinTerms.OfNew(twin, identity));
        _events.AddLifecycle(transaction, twin, HubEventKind.IdentityCreated, now);
        return null;
    }

    /// <summary>Merges a patch of tags and desired properties for a job: no tier's rate of single updates counts it.</summary>
    /// <param name="id">Whose twin.</param>
    /// <param name="patch">The JSON body.</param>
    /// <param name="ifMatch">The etag it must have; <see langword="null"/> or <c>*</c> = any.</param>
    /// <param name="mark">Adds the job's own writes to the transaction, also when the patch changes nothing.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns><see langword="null"/>, or 400004, 404001, 412001: then nothing was written, the mark neither.</returns>
    internal async ValueTask<HubError?> PatchForJobAsync(
        IdentityId id, ReadOnlyMemory<byte> patch, string? ifMatch, Action<StateTransaction> mark, CancellationToken cancellationToken)
    {
        if (!TwinRequest.TryRead(patch, out var request, out var error))
        {
            return error;
        }

        var written = await WriteAsync(
            id, twin => TwinEdit.MakePatch(twin, request, _time.GetUtcNow()), ifMatch, cancellationToken, mark).ConfigureAwait(false);
        return written.Error;
    }

    /// <summary>
    /// Commits a transaction that changes an identity, with what its twin shows of it and with the content that an import gives the
    /// twin. If only the twin's part is refused, the rest is committed and the mark is told why.
    /// </summary>
    /// <param name="transaction">The registry's writes, each with the version it expects; may be none.</param>
    /// <param name="id">Whose twin.</param>
    /// <param name="identity">The identity as it will be stored; <see langword="null"/> = it does not change.</param>
    /// <param name="content">What the twin is to be; sections that it does not name stay.</param>
    /// <param name="mark">Adds the job's own writes; its second argument is why the twin stays as it is, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The outcome; a conflict is always one of the registry's own writes.</returns>
    internal async ValueTask<StateOutcome> CommitImportAsync(
        StateTransaction transaction,
        IdentityId id,
        TwinIdentity? identity,
        ImportedTwin content,
        Action<StateTransaction, HubError?> mark,
        CancellationToken cancellationToken)
    {
        await EnterAsync(id, cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                var attempt = Copy(transaction);
                var current = await _twins.ReadInGateAsync(id, cancellationToken).ConfigureAwait(false);
                var made = current is null ? default(HubResult<TwinEdit>?) : MakeImported(current.Document, content);
                mark(attempt, made?.Error);
                var edit = made is { IsSuccess: true } ? made.Value.Value : null;
                var isEdited = edit is { IsReplacement: true };
                if (current is null || (identity is null && !isEdited))
                {
                    return await _twins.State.CommitAsync(attempt, cancellationToken).ConfigureAwait(false);
                }

                var after = edit?.Document ?? current.Document;
                var body = (identity is null ? after : after with { Identity = TwinIdentityPart.From(identity) }).Encode(out var document);
                attempt.Put(TwinCollections.Of(id), TwinCollections.KeyOf(id), body, current.StoreVersion, TwinTerms.Of(document));
                if (isEdited)
                {
                    _events.AddReplaced(attempt, document, edit!.Time); // It is edited, so there is one.
                }

                var outcome = await _twins.CommitAsync(attempt, document, id, body.Length, cancellationToken).ConfigureAwait(false);
                if (outcome.Applied && document.Desired.Version != current.Document.Desired.Version)
                {
                    Push(document, edit!); // Only an edit changes it.
                }

                if (outcome.Applied)
                {
                    Observer?.Changed(id, TwinAspects.Identity | TwinAspects.Desired);
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

    /// <summary>Tells whether a twin is as it was made, never changed by anybody.</summary>
    internal async ValueTask<bool> IsNewAsync(IdentityId id, CancellationToken cancellationToken) =>
        await _twins.ReadAsync(id, cancellationToken).ConfigureAwait(false) is { Document: { EtagCounter: 1, Version: 2 } };

    private HubResult<TwinEdit> MakeImported(TwinDocument twin, in ImportedTwin content)
    {
        var now = _time.GetUtcNow();
        if (content.Json.IsEmpty)
        {
            return new TwinEdit(twin, default, IsReplacement: false, now);
        }

        if (!content.IsRestored && !Matches(twin, content.Etag))
        {
            return new HubError(
                HubErrorCode.PreconditionFailed, $"Precondition failed: the twin of '{twin.Identity.Id}' has etag '{twin.Etag}', not the twinETag of the line.");
        }

        if (!TwinRequest.TryRead(content.Json, out var request, out var error))
        {
            return error;
        }

        if (!content.IsRestored)
        {
            return TwinEdit.MakeImported(twin, request, now);
        }

        var restored = TwinRestore.Make(twin.Identity, request, content.Etag, now);
        return restored.IsSuccess ? new TwinEdit(restored.Value, default, IsReplacement: true, now) : restored.Error;
    }
}
