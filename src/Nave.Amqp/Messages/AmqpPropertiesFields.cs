namespace Nave.Amqp;

/// <summary>The properties section, to write: what is empty or null is left out. Text is UTF-8.</summary>
public ref struct AmqpPropertiesFields
{
    /// <summary>Gets or sets the message id: string, ulong, uuid or binary.</summary>
    public AmqpValue MessageId { get; set; }

    /// <summary>Gets or sets the message id as text, where it is there as UTF-8 already; it wins.</summary>
    public ReadOnlySpan<byte> MessageIdText { get; set; }

    public ReadOnlySpan<byte> UserId { get; set; }

    public ReadOnlySpan<byte> To { get; set; }

    public ReadOnlySpan<byte> Subject { get; set; }

    public ReadOnlySpan<byte> ReplyTo { get; set; }

    /// <summary>Gets or sets the correlation id: string, ulong, uuid or binary. To answer a request: its message id, as it is.</summary>
    public AmqpValue CorrelationId { get; set; }

    /// <summary>Gets or sets the correlation id as text, where it is there as UTF-8 already; it wins.</summary>
    public ReadOnlySpan<byte> CorrelationIdText { get; set; }

    public ReadOnlySpan<byte> ContentType { get; set; }

    public ReadOnlySpan<byte> ContentEncoding { get; set; }

    /// <summary>Gets or sets when the message expires, in milliseconds since 1970.</summary>
    public long? AbsoluteExpiryTime { get; set; }

    /// <summary>Gets or sets when the message was made, in milliseconds since 1970.</summary>
    public long? CreationTime { get; set; }
}
