namespace Nave.Amqp;

/// <summary>How a receiver settles deliveries. AMQP 1.0 part 2, 2.8.3.</summary>
public enum AmqpReceiverSettleMode : byte
{
    /// <summary>At once, with its outcome.</summary>
    First = 0,

    /// <summary>Only after the sender settled.</summary>
    Second = 1,
}
