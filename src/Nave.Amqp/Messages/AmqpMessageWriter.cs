using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>
/// Writes the sections of a message with an <see cref="AmqpWriter"/>, in this order: header, delivery annotations, message annotations, properties,
/// application properties, body, footer. Maps are opened by Begin…, filled with keys and values in turn, and closed with <see cref="AmqpWriter.End"/>.
/// </summary>
public static class AmqpMessageWriter
{
    /// <summary>Writes the header.</summary>
    public static void Header(this AmqpWriter writer, in AmqpHeader header) => AmqpHeaderCodec.Write(writer, header);

    /// <summary>Opens the delivery annotations; keys are symbols.</summary>
    public static int BeginDeliveryAnnotations(this AmqpWriter writer) => BeginSection(writer, Descriptor.DeliveryAnnotations);

    /// <summary>Opens the message annotations; keys are symbols.</summary>
    public static int BeginMessageAnnotations(this AmqpWriter writer) => BeginSection(writer, Descriptor.MessageAnnotations);

    /// <summary>Writes the properties; nothing at all if every field is empty.</summary>
    public static void Properties(this AmqpWriter writer, scoped in AmqpPropertiesFields fields) => AmqpPropertiesCodec.Write(writer, fields);

    /// <summary>Opens the application properties; keys are strings.</summary>
    public static int BeginApplicationProperties(this AmqpWriter writer) => BeginSection(writer, Descriptor.ApplicationProperties);

    /// <summary>Writes the application properties; nothing for null or none.</summary>
    public static void ApplicationProperties(this AmqpWriter writer, AmqpMap? map)
    {
        if (map is { Count: > 0 })
        {
            writer.Descriptor(Descriptor.ApplicationProperties);
            writer.Map(map);
        }
    }

    /// <summary>Writes a data section.</summary>
    public static void Data(this AmqpWriter writer, ReadOnlySpan<byte> data)
    {
        writer.Descriptor(Descriptor.Data);
        writer.Binary(data);
    }

    /// <summary>Writes an amqp-value body.</summary>
    public static void Body(this AmqpWriter writer, AmqpValue value)
    {
        writer.Descriptor(Descriptor.Value);
        writer.Value(value);
    }

    private static int BeginSection(AmqpWriter writer, ulong section)
    {
        writer.Descriptor(section);
        return writer.BeginMap();
    }
}
