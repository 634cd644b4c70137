using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>An encoded message, its sections told apart; a view, valid as long as the bytes. AMQP 1.0 part 3, 3.2.</summary>
public ref struct AmqpMessage
{
    /// <summary>Gets the header; defaults if there is none.</summary>
    public AmqpHeader Header { get; private set; }

    public AmqpMapView DeliveryAnnotations { get; private set; }

    public AmqpMapView MessageAnnotations { get; private set; }

    public AmqpProperties Properties { get; private set; }

    public AmqpMapView ApplicationProperties { get; private set; }

    public AmqpMapView Footer { get; private set; }

    /// <summary>Gets what the body is made of.</summary>
    public AmqpBodyKind BodyKind { get; private set; }

    /// <summary>Gets the value of an amqp-value body; the first list of a sequence; null otherwise.</summary>
    public AmqpView Value { get; private set; }

    /// <summary>Gets the bytes of the first data section; empty if there is none.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Gets a reader of all data sections: the messages of a batch (<see cref="AmqpBatch"/>), or pieces of one body.</summary>
    public AmqpDataView DataSections { get; private set; }

    /// <summary>Takes a message apart. Order, types and sizes of sections are checked here, entries of maps when they are read.</summary>
    /// <exception cref="AmqpProtocolException">Malformed (amqp:decode-error): reject the delivery with it.</exception>
    public static AmqpMessage Parse(ReadOnlySpan<byte> encoded)
    {
        var message = new AmqpMessage { Header = new AmqpHeader() };
        var reader = new AmqpReader(encoded);
        var last = 0UL;
        var dataStart = 0;
        var dataCount = 0;
        while (!reader.IsEmpty)
        {
            var start = reader.Position;
            var section = reader.ReadDescriptor();
            var value = reader.Read();
            if (section < last || (section == last && section is not (Descriptor.Data or Descriptor.Sequence)))
            {
                throw AmqpFault.Decode($"Section 0x{section:X2} follows section 0x{last:X2} in a message.");
            }

            last = section;
            switch (section)
            {
                case Descriptor.Data:
                    message.Body(AmqpBodyKind.Data);
                    if (dataCount++ == 0)
                    {
                        dataStart = start;
                        message.Data = value.AsBinary();
                    }
                    else
                    {
                        value.AsBinary();
                    }

                    message.DataSections = new AmqpDataView(encoded[dataStart..reader.Position], dataCount);
                    break;
                default:
                    message.Take(section, value);
                    break;
            }
        }

        return message;
    }

    private void Take(ulong section, in AmqpView value)
    {
        switch (section)
        {
            case Descriptor.Header:
                Header = AmqpHeaderCodec.Read(value.AsList());
                break;
            case Descriptor.DeliveryAnnotations:
                DeliveryAnnotations = value.AsMap();
                break;
            case Descriptor.MessageAnnotations:
                MessageAnnotations = value.AsMap();
                break;
            case Descriptor.Properties:
                Properties = AmqpPropertiesCodec.Read(value.AsList());
                break;
            case Descriptor.ApplicationProperties:
                ApplicationProperties = value.AsMap();
                break;
            case Descriptor.Sequence:
                value.AsList();
                Body(AmqpBodyKind.Sequence);
                Value = Value.IsNull ? value : Value;
                break;
            case Descriptor.Value:
                Body(AmqpBodyKind.Value);
                Value = value;
                break;
            case Descriptor.Footer:
                Footer = value.AsMap();
                break;
            default:
                throw AmqpFault.Decode($"A message has a section with the descriptor 0x{section:X}; 0x70 to 0x78 are permitted.");
        }
    }

    private void Body(AmqpBodyKind kind)
    {
        if (BodyKind != AmqpBodyKind.None && BodyKind != kind)
        {
            throw AmqpFault.Decode($"A message has a body of {BodyKind} and of {kind}; one kind is permitted.");
        }

        BodyKind = kind;
    }
}
