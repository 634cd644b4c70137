using Nave.Amqp;

namespace Nave.Fuzz.Amqp;

/// <summary>Sections of messages, and batches of messages.</summary>
internal sealed class AmqpMessageTarget() : AmqpCodecTarget("amqp-message", [Full, Batch, Write(writer => writer.Body(AllKinds)), Write(writer => writer.Data([]))])
{
    private static byte[] Full => Write(writer =>
    {
        writer.Header(new AmqpHeader { Durable = true, TimeToLive = 5 });
        var map = writer.BeginMessageAnnotations();
        writer.Symbol("iothub-enqueuedtime"u8);
        writer.Timestamp(1);
        writer.End(map, 2);
        writer.Properties(new AmqpPropertiesFields { MessageId = "m", CorrelationId = Guid.Empty, To = "/to"u8, UserId = "u"u8, ContentType = "a/b"u8, CreationTime = 1 });
        writer.ApplicationProperties(AllKinds);
        writer.Data("body"u8);
    });

    private static byte[] Batch => Write(writer =>
    {
        writer.Data(Full);
        writer.Data(Full);
    });

    /// <inheritdoc/>
    protected override void Decode(byte[] input)
    {
        Walk(AmqpMessage.Parse(input));
        var batch = AmqpMessage.Parse(input).DataSections;
        while (batch.Left != 1 && batch.TryNext(out var one))
        {
            Walk(AmqpMessage.Parse(one));
        }
    }

    private static void Walk(in AmqpMessage message)
    {
        Walk(message.DeliveryAnnotations);
        Walk(message.MessageAnnotations);
        Walk(message.ApplicationProperties);
        Walk(message.Footer);
        message.Properties.MessageId.ToValue();
        message.Properties.CorrelationId.ToValue();
        message.Value.ToValue();
    }

    private static void Walk(AmqpMapView map)
    {
        while (map.TryNext(out var key, out var value))
        {
            key.ToValue();
            value.ToValue();
            value.TryGetInteger(out _);
        }
    }
}
