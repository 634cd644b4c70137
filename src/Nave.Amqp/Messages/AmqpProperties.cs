namespace Nave.Amqp;

/// <summary>The properties section, to read. AMQP 1.0 part 3, 3.2.4. Text is UTF-8, checked; what is absent is empty or null.</summary>
public readonly ref struct AmqpProperties
{
    /// <summary>Gets the message id: string, ulong, uuid, binary or null. Copy with <see cref="AmqpView.ToValue"/> to echo it.</summary>
    public AmqpView MessageId { get; init; }

    public ReadOnlySpan<byte> UserId { get; init; }

    public ReadOnlySpan<byte> To { get; init; }

    public ReadOnlySpan<byte> Subject { get; init; }

    public ReadOnlySpan<byte> ReplyTo { get; init; }

    /// <summary>Gets the correlation id: string, ulong, uuid, binary or null.</summary>
    public AmqpView CorrelationId { get; init; }

    public ReadOnlySpan<byte> ContentType { get; init; }

    public ReadOnlySpan<byte> ContentEncoding { get; init; }

    /// <summary>Gets when the message expires, in milliseconds since 1970, or null.</summary>
    public long? AbsoluteExpiryTime { get; init; }

    /// <summary>Gets when the message was made, in milliseconds since 1970, or null.</summary>
    public long? CreationTime { get; init; }

    public ReadOnlySpan<byte> GroupId { get; init; }

    public uint? GroupSequence { get; init; }

    public ReadOnlySpan<byte> ReplyToGroupId { get; init; }
}
