namespace Nave.Amqp;

/// <summary>Several messages in one delivery: each is a data section of the outer message (wire facts 5.2.14).</summary>
/// <remarks>To read: <see cref="AmqpMessage.Parse"/>, then <see cref="AmqpMessage.DataSections"/>, and Parse each.</remarks>
public static class AmqpBatch
{
    /// <summary>The message-format of the transfer.</summary>
    public const uint Format = 0x8001_3700;
}
