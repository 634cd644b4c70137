using System.Text;
using Nave.Amqp;
using Nave.Api;

namespace Nave.Client;

/// <summary>Properties of a message, from and to AMQP. Source: wire facts 6.4, 7.1.2, 8.3.</summary>
internal static class AmqpEventProperties
{
    // Those that AMQP has among the application properties (wire facts 6.4).
    private static readonly SystemProperty[] s_amongApplication =
        [SystemProperty.OutputName, SystemProperty.MessageSchema, SystemProperty.CreationTime, SystemProperty.Ack];

    /// <summary>Reads everything that has a name with us; the rest stays in the message.</summary>
    public static EventProperties Read(in AmqpMessage message)
    {
        var writer = new EventPropertiesWriter();
        var properties = message.Properties;
        Add(writer, SystemProperty.MessageId, TextOf(properties.MessageId));
        Add(writer, SystemProperty.CorrelationId, TextOf(properties.CorrelationId));
        Add(writer, SystemProperty.UserId, properties.UserId);
        Add(writer, SystemProperty.To, properties.To);
        Add(writer, SystemProperty.ContentType, properties.ContentType);
        Add(writer, SystemProperty.ContentEncoding, properties.ContentEncoding);
        if (properties.AbsoluteExpiryTime is { } expiry)
        {
            writer.Add(SystemProperty.AbsoluteExpiryTime, TimeOf(expiry));
        }

        var annotations = message.MessageAnnotations;
        while (annotations.TryNext(out var key, out var value))
        {
            if (key.IsText && SystemPropertyNames.FromAmqp(key.AsText()) is var system
                && system is SystemProperty.Component or SystemProperty.InterfaceId or SystemProperty.DataSchema
                    or SystemProperty.DiagnosticId or SystemProperty.DiagnosticContext)
            {
                Add(writer, system, TextOf(value));
            }
        }

        ReadApplication(writer, message.ApplicationProperties);
        return writer.ToProperties();
    }

    /// <summary>Writes properties as sections of a message, in front of its body.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="properties">The properties.</param>
    /// <param name="to">The address to name; <see langword="null"/> = the property's own, if there is one.</param>
    public static void Write(AmqpWriter writer, EventProperties properties, string? to)
    {
        WriteAnnotations(writer, properties);
        writer.Properties(new AmqpPropertiesFields
        {
            MessageId = properties[SystemProperty.MessageId],
            CorrelationId = properties[SystemProperty.CorrelationId],
            UserId = Bytes(properties[SystemProperty.UserId]),
            To = Bytes(to ?? properties[SystemProperty.To]),
            ContentType = Bytes(properties[SystemProperty.ContentType]),
            ContentEncoding = Bytes(properties[SystemProperty.ContentEncoding]),
            AbsoluteExpiryTime = properties[SystemProperty.AbsoluteExpiryTime] is { } text
                ? WireTime.TryParse(text, out var time) ? time.ToUnixTimeMilliseconds() : throw new ArgumentException($"The expiry time is '{text}'; an ISO 8601 time is permitted.")
                : null,
        });
        var map = new AmqpMap();
        var reader = new EventPropertiesReader(properties.Encoded.Span);
        while (reader.TryRead())
        {
            if (reader.System == SystemProperty.None)
            {
                map.Add(Encoding.UTF8.GetString(reader.Name), reader.IsNull ? default : Encoding.UTF8.GetString(reader.Value));
            }
            else if (s_amongApplication.Contains(reader.System))
            {
                map.Add(SystemPropertyNames.Amqp(reader.System), Encoding.UTF8.GetString(reader.Value));
            }
        }

        writer.ApplicationProperties(map);
    }

    private static void WriteAnnotations(AmqpWriter writer, EventProperties properties)
    {
        var annotations = AmqpMap.Fields();
        foreach (var system in (ReadOnlySpan<SystemProperty>)[
            SystemProperty.Component, SystemProperty.InterfaceId, SystemProperty.DiagnosticId, SystemProperty.DiagnosticContext])
        {
            if (properties[system] is { } value)
            {
                annotations.Add(AmqpValue.Symbol(SystemPropertyNames.Amqp(system)), value);
            }
        }

        if (annotations.Count == 0)
        {
            return;
        }

        var start = writer.BeginMessageAnnotations();
        foreach (var (key, value) in annotations)
        {
            writer.Value(key);
            writer.Value(value);
        }

        writer.End(start, annotations.Count * 2);
    }

    private static void ReadApplication(EventPropertiesWriter writer, AmqpMapView application)
    {
        while (application.TryNext(out var key, out var value))
        {
            if (!key.IsText)
            {
                continue;
            }

            var system = SystemPropertyNames.FromAmqp(key.AsText());
            if (s_amongApplication.Contains(system))
            {
                Add(writer, system, TextOf(value));
            }
            else if (value.IsNull)
            {
                writer.AddNull(key.Utf8());
            }
            else if (value.IsText)
            {
                writer.Add(key.Utf8(), value.Utf8());
            }
            else
            {
                writer.Add(key.AsText(), TextOf(value));
            }
        }
    }

    private static string? TextOf(in AmqpView value) => value.Type switch
    {
        AmqpType.Null => null,
        AmqpType.String or AmqpType.Symbol => value.AsText(),
        AmqpType.Binary => Convert.ToBase64String(value.AsBinary()),
        AmqpType.Timestamp => TimeOf(value.AsTimestamp()),
        _ => value.ToValue().ToString(),
    };

    private static string TimeOf(long milliseconds) => WireTime.Format(DateTimeOffset.FromUnixTimeMilliseconds(
        Math.Clamp(milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())));

    private static ReadOnlySpan<byte> Bytes(string? text) => text is null ? default : Encoding.UTF8.GetBytes(text);

    private static void Add(EventPropertiesWriter writer, SystemProperty property, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            writer.Add(property, value);
        }
    }

    private static void Add(EventPropertiesWriter writer, SystemProperty property, string? value)
    {
        if (value is not null)
        {
            writer.Add(property, value);
        }
    }
}
