namespace Nave.Amqp;

/// <summary>An encoded message, its sections told apart; a view, valid as long as the bytes. AMQP 1.0 part 3, 3.2.</summary>
public readonly ref struct AmqpMessage
{
    /// <summary>Gets the header; defaults if there is none.</summary>
    public AmqpHeader Header { get; init; }

    public AmqpMapView DeliveryAnnotations { get; init; }

    public AmqpMapView MessageAnnotations { get; init; }

    public AmqpProperties Properties { get; init; }

    public AmqpMapView ApplicationProperties { get; init; }

    public AmqpMapView Footer { get; init; }

    /// <summary>Gets what the body is made of.</summary>
    public AmqpBodyKind BodyKind { get; init; }

    /// <summary>Gets the value of an amqp-value body; the first list of a sequence; null otherwise.</summary>
    public AmqpView Value { get; init; }

    /// <summary>Gets the bytes of the first data section; empty if there is none.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Gets a reader of all data sections: the messages of a batch (<see cref="AmqpBatch"/>), or pieces of one body.</summary>
    public AmqpDataView DataSections { get; init; }

    /// <summary>Takes a message apart. Order, types and sizes of sections are checked here, entries of maps when they are read.</summary>
    /// <exception cref="AmqpProtocolException">Malformed (amqp:decode-error): reject the delivery with it.</exception>
    public static AmqpMessage Parse(ReadOnlySpan<byte> encoded) => throw new NotImplementedException();
}
