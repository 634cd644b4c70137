using Nave.Api;

namespace Nave.Hub.Commands;

/// <summary>Cloud-to-device messages: a durable queue an identity, with locks, expiry, delivery count and feedback.</summary>
public sealed class CloudToDeviceService
{
    /// <summary>Queues a message.</summary>
    /// <returns>Its sequence number; or 404001, 403004 (50 waiting), 413001 (64 KiB), 403009 (expiry), 400004.</returns>
    public ValueTask<HubResult<long>> SendAsync(IdentityId id, CloudToDeviceMessage message, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Locks the oldest message that is free.</summary>
    /// <param name="id">Whose queue.</param>
    /// <param name="holder">The connection that holds the lock until it ends; <see langword="null"/> = a lock by time (HTTP).</param>
    /// <param name="lockDuration">How long a lock by time lasts; <see langword="null"/> = the hub's setting, 60 s.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The message, or <see langword="null"/> if none is free.</returns>
    public ValueTask<LockedMessage?> ReceiveAsync(IdentityId id, Connections.DeviceSession? holder, TimeSpan? lockDuration, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Removes a message: it was delivered. 412002 if the lock is not held any more.</summary>
    public ValueTask<HubResult<bool>> CompleteAsync(IdentityId id, Guid lockToken, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Gives a message back to its queue and counts the delivery.</summary>
    public ValueTask<HubResult<bool>> AbandonAsync(IdentityId id, Guid lockToken, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Removes a message: the device refuses it.</summary>
    public ValueTask<HubResult<bool>> RejectAsync(IdentityId id, Guid lockToken, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Removes all waiting messages of a device.</summary>
    /// <returns>How many there were.</returns>
    public ValueTask<HubResult<int>> PurgeAsync(IdentityId id, CancellationToken cancellationToken) => throw new NotImplementedException();
}
