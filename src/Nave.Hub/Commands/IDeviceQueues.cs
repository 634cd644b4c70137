using Nave.Api;

namespace Nave.Hub.Commands;

/// <summary>What the twins need of the queues of cloud-to-device messages.</summary>
internal interface IDeviceQueues
{
    /// <summary>Counts the messages of an identity, those that a receiver holds included. From memory: asked once a row of a query.</summary>
    int Count(IdentityId id);

    /// <summary>Removes the messages of identities that were deleted; nobody gets feedback about them (wire facts 7.2.4).</summary>
    ValueTask DeletedAsync(IReadOnlyList<IdentityId> ids, CancellationToken cancellationToken);
}
