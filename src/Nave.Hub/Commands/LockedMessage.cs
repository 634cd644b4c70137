namespace Nave.Hub.Commands;

/// <summary>A message that one receiver holds.</summary>
/// <param name="LockToken">What completes, abandons or rejects it.</param>
/// <param name="SequenceNumber">Its place in the queue.</param>
/// <param name="Enqueued">When it was sent.</param>
/// <param name="Expires">When it ends undelivered.</param>
/// <param name="DeliveryCount">How often it was abandoned.</param>
/// <param name="Message">The message.</param>
public sealed record LockedMessage(
    Guid LockToken, long SequenceNumber, DateTimeOffset Enqueued, DateTimeOffset Expires, int DeliveryCount, CloudToDeviceMessage Message);
