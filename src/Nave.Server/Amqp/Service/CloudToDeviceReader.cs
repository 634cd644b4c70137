using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Commands;

namespace Nave.Server.Amqp.Service;

/// <summary>Reads a message to a device as services send it. Source: wire facts 7.1.2.</summary>
internal static class CloudToDeviceReader
{
    /// <summary>Reads a message and to whom it goes.</summary>
    /// <param name="encoded">The encoded message.</param>
    /// <param name="id">To whom.</param>
    /// <param name="message">Properties and body, copied.</param>
    /// <param name="error">400004: an address or a property that cannot be read.</param>
    /// <exception cref="AmqpProtocolException">The message is malformed.</exception>
    public static bool TryRead(
        ReadOnlySpan<byte> encoded, out IdentityId id, [NotNullWhen(true)] out CloudToDeviceMessage? message, [NotNullWhen(false)] out HubError? error)
    {
        message = null;
        var source = AmqpMessage.Parse(encoded);
        if (!TryReadTo(source.Properties.To, out id, out error))
        {
            return false;
        }

        var writer = new EventPropertiesWriter();
        if (!TryAddProperties(writer, source.Properties, out error) || !TryAddApplicationProperties(writer, source.ApplicationProperties, out error)
            || !TryReadBody(source, out var body, out error))
        {
            return false;
        }

        message = new CloudToDeviceMessage(writer.ToProperties(), body);
        return true;
    }

    // /devices/{d}/messages/devicebound or /devices/{d}/modules/{m}/messages/devicebound, ids percent-encoded.
    private static bool TryReadTo(ReadOnlySpan<byte> to, out IdentityId id, [NotNullWhen(false)] out HubError? error)
    {
        id = default;
        error = null;
        var text = Encoding.UTF8.GetString(to);
        if (AmqpAddress.TryParse(text, out var address))
        {
            if (address.Matches("devices", null, "messages", "devicebound"))
            {
                id = new IdentityId(address[1]);
                return true;
            }

            if (address.Matches("devices", null, "modules", null, "messages", "devicebound"))
            {
                id = new IdentityId(address[1], address[3]);
                return true;
            }
        }

        error = new HubError(
            HubErrorCode.ArgumentInvalid, $"'to' is '{text}'; /devices/DEVICE/messages/devicebound or /devices/DEVICE/modules/MODULE/messages/devicebound is permitted.");
        return false;
    }

    private static bool TryAddProperties(EventPropertiesWriter writer, in AmqpProperties properties, [NotNullWhen(false)] out HubError? error)
    {
        if (!TryAddId(writer, SystemProperty.MessageId, properties.MessageId, out error)
            || !TryAddId(writer, SystemProperty.CorrelationId, properties.CorrelationId, out error))
        {
            return false;
        }

        if (!properties.UserId.IsEmpty)
        {
            // Bytes on this wire, text on the others.
            if (!Utf8.IsValid(properties.UserId))
            {
                error = new HubError(HubErrorCode.ArgumentInvalid, "user-id is not UTF-8.");
                return false;
            }

            writer.Add(SystemProperty.UserId, properties.UserId);
        }

        Add(writer, SystemProperty.ContentType, properties.ContentType);
        Add(writer, SystemProperty.ContentEncoding, properties.ContentEncoding);
        if (properties.AbsoluteExpiryTime is { } expiry)
        {
            if (expiry < DateTimeOffset.MinValue.ToUnixTimeMilliseconds() || expiry > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            {
                error = new HubError(HubErrorCode.InvalidMessageExpiryTime, $"The message expires at {expiry} ms since 1970, which is no time.");
                return false;
            }

            writer.Add(SystemProperty.AbsoluteExpiryTime, WireTime.Format(DateTimeOffset.FromUnixTimeMilliseconds(expiry)));
        }

        return true;
    }

    private static void Add(EventPropertiesWriter writer, SystemProperty property, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            writer.Add(property, value);
        }
    }

    private static bool TryAddId(EventPropertiesWriter writer, SystemProperty property, in AmqpView id, [NotNullWhen(false)] out HubError? error)
    {
        error = null;
        if (id.IsNull)
        {
            return true;
        }

        if (!TryText(id, out var text))
        {
            error = new HubError(HubErrorCode.ArgumentInvalid, $"{SystemPropertyNames.Amqp(property)} is of type {id.Type}; a string, a number or a uuid is permitted.");
            return false;
        }

        writer.Add(property, text);
        return true;
    }

    private static bool TryAddApplicationProperties(EventPropertiesWriter writer, AmqpMapView properties, [NotNullWhen(false)] out HubError? error)
    {
        error = null;
        while (properties.TryNext(out var key, out var value))
        {
            var name = key.Utf8();
            if (value.IsNull)
            {
                writer.AddNull(name);
            }
            else if (!TryText(value, out var text))
            {
                error = new HubError(
                    HubErrorCode.ArgumentInvalid, $"The application property '{Encoding.UTF8.GetString(name)}' is of type {value.Type}; text, a number, a boolean, a time or a uuid is permitted.");
                return false;
            }
            else if (name.SequenceEqual("iothub-ack"u8))
            {
                writer.Add(SystemProperty.Ack, text);
            }
            else
            {
                writer.Add(name, Encoding.UTF8.GetBytes(text));
            }

            if (writer.Count > EventProperties.MaxCount)
            {
                error = new HubError(HubErrorCode.ArgumentInvalid, $"The message has more than {EventProperties.MaxCount} properties.");
                return false;
            }
        }

        return true;
    }

    private static bool TryText(in AmqpView value, out string text)
    {
        text = string.Empty;
        switch (value.Type)
        {
            case AmqpType.String or AmqpType.Symbol:
                text = value.AsText();
                return true;
            case AmqpType.Timestamp when value.AsTimestamp() is var time
                && time >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && time <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds():
                text = WireTime.Format(DateTimeOffset.FromUnixTimeMilliseconds(time));
                return true;
            case AmqpType.Boolean or AmqpType.Uuid or AmqpType.Float or AmqpType.Double
                or AmqpType.UByte or AmqpType.UShort or AmqpType.UInt or AmqpType.ULong
                or AmqpType.Byte or AmqpType.Short or AmqpType.Int or AmqpType.Long:
                text = value.ToValue().ToString();
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadBody(in AmqpMessage source, out ReadOnlyMemory<byte> body, [NotNullWhen(false)] out HubError? error)
    {
        error = null;
        body = default;
        switch (source.BodyKind)
        {
            case AmqpBodyKind.None:
                return true;
            case AmqpBodyKind.Data:
                var sections = source.DataSections;
                var whole = new ArrayBufferWriter<byte>(Math.Max(1, source.Data.Length));
                while (sections.TryNext(out var data))
                {
                    whole.Write(data);
                }

                body = whole.WrittenMemory;
                return true;
            case AmqpBodyKind.Value when source.Value.Type is AmqpType.Binary or AmqpType.String:
                body = source.Value.Content.ToArray();
                return true;
            default:
                error = new HubError(HubErrorCode.ArgumentInvalid, $"The body is of the kind {source.BodyKind}; data, or a value that is text or binary, is permitted.");
                return false;
        }
    }
}
