namespace Nave.Amqp;

/// <summary>A message that has come. Valid during <see cref="IAmqpReceiverHandler.OnDelivery"/> only.</summary>
public readonly ref struct AmqpDelivery
{
    /// <summary>Gets the number in the session, for <see cref="AmqpLink.Settle"/>.</summary>
    public uint Id { get; init; }

    /// <summary>Gets the sender's tag, at most 32 bytes.</summary>
    public ReadOnlySpan<byte> Tag { get; init; }

    /// <summary>Gets the format: 0, or <see cref="AmqpBatch.Format"/>.</summary>
    public uint MessageFormat { get; init; }

    /// <summary>Gets a value indicating whether the sender wants no answer.</summary>
    public bool IsSettled { get; init; }

    /// <summary>Gets the encoded message: see <see cref="AmqpMessage"/>.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }
}
