using System.Buffers;
using System.Globalization;
using System.Text.Unicode;
using Nave.Amqp;
using Nave.Api;

namespace Nave.Server.Amqp;

/// <summary>Translates messages that clients send into the hub's own form. Source: wire facts 6.4.</summary>
internal static class MessageReader
{
    /// <summary>Adds a message's properties.</summary>
    /// <param name="message">The message.</param>
    /// <param name="to">Where to; the caller has cleared it.</param>
    /// <exception cref="AmqpProtocolException">A section is malformed, or has too many properties.</exception>
    public static void ReadProperties(in AmqpMessage message, EventPropertiesWriter to)
    {
        var properties = message.Properties;
        AddId(SystemProperty.MessageId, properties.MessageId, to);
        AddId(SystemProperty.CorrelationId, properties.CorrelationId, to);
        if (!properties.UserId.IsEmpty)
        {
            AddBytes(SystemProperty.UserId, properties.UserId, to);
        }

        Add(SystemProperty.To, properties.To, to);
        Add(SystemProperty.ContentType, properties.ContentType, to);
        Add(SystemProperty.ContentEncoding, properties.ContentEncoding, to);
        if (properties.AbsoluteExpiryTime is { } expiry)
        {
            to.Add(SystemProperty.AbsoluteExpiryTime, FormatTime(expiry));
        }

        ReadApplicationProperties(message.ApplicationProperties, to);
        ReadAnnotations(message.MessageAnnotations, to);
    }

    /// <summary>Gets a message's body: its data, whole; or the text or bytes of a value, none of a null.</summary>
    /// <param name="message">The message.</param>
    /// <param name="body">The body; valid as long as the message.</param>
    /// <returns><see langword="false"/> if the body is something else.</returns>
    /// <exception cref="AmqpProtocolException">A section is malformed.</exception>
    public static bool TryReadBody(scoped in AmqpMessage message, out ReadOnlySpan<byte> body)
    {
        body = default;
        switch (message.BodyKind)
        {
            case AmqpBodyKind.None:
            case AmqpBodyKind.Value when message.Value.IsNull:
                return true;
            case AmqpBodyKind.Data:
                body = message.DataSections.Left > 1 ? Join(message.DataSections) : message.Data;
                return true;
            case AmqpBodyKind.Value when message.Value.IsText:
                body = message.Value.Utf8();
                return true;
            case AmqpBodyKind.Value when message.Value.Type == AmqpType.Binary:
                body = message.Value.AsBinary();
                return true;
            default:
                return false;
        }
    }

    private static void ReadApplicationProperties(AmqpMapView map, EventPropertiesWriter to)
    {
        while (map.TryNext(out var key, out var value))
        {
            if (!key.IsText)
            {
                throw new AmqpProtocolException(AmqpCondition.DecodeError, $"The name of an application property is a {key.Type}; a string is required.");
            }

            var name = key.Utf8();
            var system = SystemPropertyOf(name);
            if (system != SystemProperty.None)
            {
                AddValue(system, default, value, to);
            }
            else
            {
                AddValue(SystemProperty.None, name, value, to);
            }

            CheckCount(to);
        }
    }

    private static void CheckCount(EventPropertiesWriter to)
    {
        if (to.Count > EventProperties.MaxCount)
        {
            throw new AmqpProtocolException(AmqpCondition.ResourceLimitExceeded, $"The message has more than {EventProperties.MaxCount} properties.");
        }
    }

    private static void ReadAnnotations(AmqpMapView map, EventPropertiesWriter to)
    {
        while (map.TryNext(out var key, out var value))
        {
            if (!key.IsText || value.IsNull)
            {
                continue;
            }

            // The same one may be there many times.
            var system = AnnotationOf(key.Content);
            if (system != SystemProperty.None)
            {
                AddValue(system, default, value, to);
                CheckCount(to);
            }
        }
    }

    // Application properties that mean something to the hub.
    private static SystemProperty SystemPropertyOf(ReadOnlySpan<byte> name) => name.StartsWith("iothub-"u8)
        ? name.SequenceEqual("iothub-ack"u8) ? SystemProperty.Ack
            : name.SequenceEqual("iothub-outputname"u8) ? SystemProperty.OutputName
            : name.SequenceEqual("iothub-message-schema"u8) ? SystemProperty.MessageSchema
            : name.SequenceEqual("iothub-creation-time-utc"u8) ? SystemProperty.CreationTime
            : SystemProperty.None
        : SystemProperty.None;

    private static SystemProperty AnnotationOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("dt-subject"u8) ? SystemProperty.Component
        : name.SequenceEqual("iothub-interface-id"u8) ? SystemProperty.InterfaceId
        : name.SequenceEqual("Diagnostic-Id"u8) ? SystemProperty.DiagnosticId
        : name.SequenceEqual("Correlation-Context"u8) ? SystemProperty.DiagnosticContext
        : SystemProperty.None;

    private static void Add(SystemProperty property, ReadOnlySpan<byte> text, EventPropertiesWriter to)
    {
        if (!text.IsEmpty)
        {
            to.Add(property, text);
        }
    }

    private static void AddId(SystemProperty property, AmqpView id, EventPropertiesWriter to)
    {
        if (!id.IsNull)
        {
            AddValue(property, default, id, to);
        }
    }

    // Stored values are text: bytes that are none become base64.
    private static void AddBytes(SystemProperty property, ReadOnlySpan<byte> bytes, EventPropertiesWriter to)
    {
        if (Utf8.IsValid(bytes))
        {
            to.Add(property, bytes);
        }
        else
        {
            to.Add(property, Convert.ToBase64String(bytes));
        }
    }

    private static void AddValue(SystemProperty property, ReadOnlySpan<byte> name, AmqpView value, EventPropertiesWriter to)
    {
        if (value.IsText)
        {
            AddText(property, name, value.Utf8(), to);
        }
        else if (value.IsNull)
        {
            if (property == SystemProperty.None)
            {
                to.AddNull(name);
            }
        }
        else
        {
            AddText(property, name, System.Text.Encoding.UTF8.GetBytes(TextOf(value)), to);
        }
    }

    private static void AddText(SystemProperty property, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, EventPropertiesWriter to)
    {
        if (property == SystemProperty.None)
        {
            to.Add(name, text);
        }
        else
        {
            to.Add(property, text);
        }
    }

    private static string TextOf(AmqpView value) => value.Type switch
    {
        AmqpType.Boolean => value.AsBoolean() ? "true" : "false",
        AmqpType.Timestamp => FormatTime(value.AsTimestamp()),
        AmqpType.Binary => Convert.ToBase64String(value.AsBinary()),
        AmqpType.Uuid => value.AsUuid().ToString(),
        AmqpType.Float or AmqpType.Double or AmqpType.ULong => value.ToValue().ToString(),
        _ when value.TryGetInteger(out var number) => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new AmqpProtocolException(AmqpCondition.NotImplemented, $"A property is a {value.Type}; text, numbers, booleans, times, uuids and bytes are permitted."),
    };

    private static string FormatTime(long milliseconds)
    {
        var minimum = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
        var maximum = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();
        return WireTime.Format(DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, minimum, maximum)));
    }

    private static byte[] Join(AmqpDataView sections)
    {
        var joined = new ArrayBufferWriter<byte>();
        while (sections.TryNext(out var data))
        {
            joined.Write(data);
        }

        return joined.WrittenSpan.ToArray();
    }
}
