namespace Nave.Amqp;

/// <summary>How a sender settles its deliveries. AMQP 1.0 part 2, 2.8.2.</summary>
public enum AmqpSenderSettleMode : byte
{
    Unsettled = 0,
    Settled = 1,
    Mixed = 2,
}
