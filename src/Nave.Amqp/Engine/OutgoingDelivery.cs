namespace Nave.Amqp;

/// <summary>A delivery that was sent and is not settled.</summary>
/// <param name="Link">The link.</param>
/// <param name="State">The owner's.</param>
/// <param name="IsDecided">Whether the receiver gave an outcome and waits for us to settle.</param>
internal readonly record struct OutgoingDelivery(AmqpSenderLink Link, object? State, bool IsDecided);
