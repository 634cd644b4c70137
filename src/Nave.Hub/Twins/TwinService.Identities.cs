using Nave.Api;
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
    internal HubError? AddCreate(StateTransaction transaction, TwinIdentity identity, ReadOnlyMemory<byte> initial = default) => throw new NotImplementedException();

    /// <summary>Commits a transaction that changes an identity, together with what its twin shows of it.</summary>
    /// <param name="transaction">The registry's writes, each with the version it expects.</param>
    /// <param name="identity">The identity as it will be stored.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The outcome; a conflict is always one of the registry's own writes.</returns>
    internal ValueTask<StateOutcome> CommitUpdateAsync(StateTransaction transaction, TwinIdentity identity, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Commits a transaction that deletes identities, together with their twins, queued messages and lifecycle events.</summary>
    /// <param name="transaction">The registry's writes, each with the version it expects.</param>
    /// <param name="ids">The identities that the transaction deletes: a device and its modules.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The outcome; a conflict is always one of the registry's own writes.</returns>
    internal ValueTask<StateOutcome> CommitDeleteAsync(StateTransaction transaction, IReadOnlyList<IdentityId> ids, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Tells whether an identity exists, from memory when its twin was used lately.</summary>
    internal ValueTask<bool> ExistsAsync(IdentityId id, CancellationToken cancellationToken) => throw new NotImplementedException();
}
