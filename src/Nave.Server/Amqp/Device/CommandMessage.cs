using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Commands;

namespace Nave.Server.Amqp.Device;

/// <summary>A cloud-to-device message as its device gets it. Source: wire facts 6.6, 6.7.</summary>
internal static class CommandMessage
{
    /// <summary>Encodes a message.</summary>
    /// <param name="writer">Where to; cleared by the caller.</param>
    /// <param name="message">The message.</param>
    /// <param name="id">For whom.</param>
    public static void Write(AmqpWriter writer, LockedMessage message, IdentityId id)
    {
        var annotations = writer.BeginMessageAnnotations();
        writer.Symbol("iothub-enqueuedtime"u8);
        writer.Timestamp(message.Enqueued.ToUnixTimeMilliseconds());
        writer.Symbol("iothub-deliverycount"u8);
        writer.UByte((byte)Math.Min(message.DeliveryCount, byte.MaxValue));
        writer.Symbol("x-opt-sequence-number"u8);
        writer.ULong((ulong)message.SequenceNumber);
        writer.Symbol("x-opt-lock-token"u8);
        writer.String(message.LockToken.ToString());
        writer.End(annotations, 8);

        var encoded = message.Message.Properties.Encoded.Span;
        var to = id.ModuleId is null ? $"/devices/{id.DeviceId}/messages/deviceBound" : $"/devices/{id.DeviceId}/modules/{id.ModuleId}/messages/deviceBound";
        var fields = new AmqpPropertiesFields
        {
            To = System.Text.Encoding.UTF8.GetBytes(to),
            AbsoluteExpiryTime = message.Expires.ToUnixTimeMilliseconds(),
        };
        var others = 0;
        for (var reader = new EventPropertiesReader(encoded); reader.TryRead();)
        {
            others += TakeField(reader, ref fields) ? 0 : 1;
        }

        writer.Properties(fields);
        if (others > 0)
        {
            var application = writer.BeginApplicationProperties();
            for (var reader = new EventPropertiesReader(encoded); reader.TryRead();)
            {
                if (!TakeField(reader, ref fields))
                {
                    WriteApplicationProperty(writer, reader);
                }
            }

            writer.End(application, 2 * others);
        }

        writer.Data(message.Message.Body.Span);
    }

    private static bool TakeField(scoped in EventPropertiesReader property, ref AmqpPropertiesFields fields)
    {
        switch (property.System)
        {
            case SystemProperty.MessageId:
                fields.MessageIdText = property.Value;
                return true;
            case SystemProperty.CorrelationId:
                fields.CorrelationIdText = property.Value;
                return true;
            case SystemProperty.UserId:
                fields.UserId = property.Value;
                return true;
            case SystemProperty.ContentType:
                fields.ContentType = property.Value;
                return true;
            case SystemProperty.ContentEncoding:
                fields.ContentEncoding = property.Value;
                return true;
            case SystemProperty.To or SystemProperty.AbsoluteExpiryTime:
                return true;
            default:
                return false;
        }
    }

    private static void WriteApplicationProperty(AmqpWriter writer, in EventPropertiesReader property)
    {
        if (property.System != SystemProperty.None)
        {
            writer.String(SystemPropertyNames.Amqp(property.System));
        }
        else
        {
            writer.String(property.Name);
        }

        if (property.IsNull)
        {
            writer.Null();
        }
        else
        {
            writer.String(property.Value);
        }
    }
}
