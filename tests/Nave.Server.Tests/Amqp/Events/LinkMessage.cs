using System.Text;
using Nave.Amqp;

namespace Nave.Server.Tests.Amqp.Events;

/// <summary>A message that a test has received: a copy of all that it says.</summary>
internal sealed class LinkMessage
{
    public uint DeliveryId { get; private init; }

    public bool IsSettled { get; private init; }

    public byte[] Tag { get; private init; } = [];

    public AmqpMap DeliveryAnnotations { get; private init; } = [];

    public AmqpMap Annotations { get; private init; } = [];

    public AmqpMap ApplicationProperties { get; private init; } = [];

    public AmqpValue MessageId { get; private init; }

    public AmqpValue CorrelationId { get; private init; }

    public string UserId { get; private init; } = string.Empty;

    public string To { get; private init; } = string.Empty;

    public string ContentType { get; private init; } = string.Empty;

    public string ContentEncoding { get; private init; } = string.Empty;

    public long? AbsoluteExpiryTime { get; private init; }

    public AmqpBodyKind BodyKind { get; private init; }

    public AmqpValue Value { get; private init; }

    public byte[] Body { get; private init; } = [];

    public string Text => Encoding.UTF8.GetString(Body);

    public long SequenceNumber => Annotations["x-opt-sequence-number"].TryGetInteger(out var number) ? number : -1;

    public static LinkMessage Read(in AmqpDelivery delivery)
    {
        var message = AmqpMessage.Parse(delivery.Payload);
        return new LinkMessage
        {
            DeliveryId = delivery.Id,
            IsSettled = delivery.IsSettled,
            Tag = delivery.Tag.ToArray(),
            DeliveryAnnotations = Copy(message.DeliveryAnnotations),
            Annotations = Copy(message.MessageAnnotations),
            ApplicationProperties = Copy(message.ApplicationProperties),
            MessageId = message.Properties.MessageId.ToValue(),
            CorrelationId = message.Properties.CorrelationId.ToValue(),
            UserId = Encoding.UTF8.GetString(message.Properties.UserId),
            To = Encoding.UTF8.GetString(message.Properties.To),
            ContentType = Encoding.UTF8.GetString(message.Properties.ContentType),
            ContentEncoding = Encoding.UTF8.GetString(message.Properties.ContentEncoding),
            AbsoluteExpiryTime = message.Properties.AbsoluteExpiryTime,
            BodyKind = message.BodyKind,
            Value = message.BodyKind == AmqpBodyKind.Value ? message.Value.ToValue() : default,
            Body = message.Data.ToArray(),
        };
    }

    private static AmqpMap Copy(AmqpMapView view)
    {
        var map = new AmqpMap();
        while (view.TryNext(out var key, out var value))
        {
            map.Add(key.ToValue(), value.ToValue());
        }

        return map;
    }
}
