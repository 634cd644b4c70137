using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Server.Amqp.Events;

/// <summary>
/// Writes a stored event as the AMQP message that Azure makes of it, straight from the log's memory. Source: wire facts 8.2.6, 8.3.
/// </summary>
internal static class EventEncoder
{
    // With more application properties than this, names are looked up rather than compared one by one.
    private const int MaxCompared = 32;

    /// <summary>Writes an event.</summary>
    /// <param name="writer">Where to; what it held is kept.</param>
    /// <param name="item">The event.</param>
    /// <exception cref="InvalidDataException">The stored properties are damaged.</exception>
    public static void Write(AmqpWriter writer, in EventView item)
    {
        var fields = default(AmqpPropertiesFields);
        var annotations = default(Extras);
        var applicationProperties = Sort(item.Properties, ref fields, ref annotations);

        WriteAnnotations(writer, item, annotations);
        writer.Properties(fields);
        if (applicationProperties > 0)
        {
            WriteApplicationProperties(writer, item.Properties, applicationProperties);
        }

        writer.Data(item.Body);
    }

    /// <summary>Writes the delivery annotations that tell a receiver how far behind it is.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="state">Where the partition stands.</param>
    /// <param name="now">When that was read.</param>
    public static void WriteRuntimeMetrics(AmqpWriter writer, in LogPartitionState state, DateTimeOffset now)
    {
        var start = writer.BeginDeliveryAnnotations();
        writer.Symbol("last_enqueued_sequence_number"u8);
        writer.Long(state.NextSequence - 1);
        writer.Symbol("last_enqueued_offset"u8);
        WriteNumber(writer, state.LastOffset);
        writer.Symbol("last_enqueued_time_utc"u8);
        writer.Timestamp(TimeOf(state.LastEnqueued));
        writer.Symbol("runtime_info_retrieval_time_utc"u8);
        writer.Timestamp(now.ToUnixTimeMilliseconds());
        writer.End(start, 8);
    }

    /// <summary>Gets the time of the last event; 1970 where there has never been one, as no client reads an earlier one.</summary>
    internal static long TimeOf(DateTimeOffset time) => Math.Max(0, time.ToUnixTimeMilliseconds());

    private static void WriteAnnotations(AmqpWriter writer, in EventView item, in Extras extras)
    {
        var origin = OriginAnnotations.Of(item.Origin);
        var enqueued = item.Enqueued.ToUnixTimeMilliseconds();
        var start = writer.BeginMessageAnnotations();
        writer.Symbol("x-opt-sequence-number"u8);
        writer.Long(item.SequenceNumber);
        writer.Symbol("x-opt-offset"u8);
        WriteNumber(writer, item.Offset);
        writer.Symbol("x-opt-enqueued-time"u8);
        writer.Timestamp(enqueued);
        writer.Symbol("iothub-enqueuedtime"u8);
        writer.Timestamp(enqueued);
        writer.Raw(origin.Encoded);
        var count = 8 + origin.Count;
        count += WriteExtra(writer, "dt-dataschema"u8, extras.DataSchema);
        count += WriteExtra(writer, "dt-subject"u8, extras.Component);
        count += WriteExtra(writer, "iothub-interface-id"u8, extras.InterfaceId);
        count += WriteExtra(writer, "Diagnostic-Id"u8, extras.DiagnosticId);
        count += WriteExtra(writer, "Correlation-Context"u8, extras.DiagnosticContext);
        writer.End(start, count);
    }

    private static int WriteExtra(AmqpWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return 0;
        }

        writer.Symbol(name);
        writer.String(value);
        return 2;
    }

    private static void WriteNumber(AmqpWriter writer, long number)
    {
        Span<byte> text = stackalloc byte[20];
        number.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        writer.String(text[..length]);
    }

    // Where each system property goes; what has no place among the properties or annotations is an application property.
    private static int Sort(ReadOnlySpan<byte> properties, ref AmqpPropertiesFields fields, ref Extras extras)
    {
        var applicationProperties = 0;
        var reader = new EventPropertiesReader(properties);
        while (reader.TryRead())
        {
            switch (reader.System)
            {
                case SystemProperty.MessageId:
                    fields.MessageIdText = reader.Value;
                    break;
                case SystemProperty.CorrelationId:
                    fields.CorrelationIdText = reader.Value;
                    break;
                case SystemProperty.UserId:
                    fields.UserId = reader.Value;
                    break;
                case SystemProperty.To:
                    fields.To = reader.Value;
                    break;
                case SystemProperty.ContentType:
                    fields.ContentType = AsciiOrNothing(reader.Value);
                    break;
                case SystemProperty.ContentEncoding:
                    fields.ContentEncoding = AsciiOrNothing(reader.Value);
                    break;
                case SystemProperty.AbsoluteExpiryTime:
                    fields.AbsoluteExpiryTime = ReadTime(reader.Value);
                    break;
                case SystemProperty.DataSchema:
                    extras.DataSchema = reader.Value;
                    break;
                case SystemProperty.Component:
                    extras.Component = reader.Value;
                    break;
                case SystemProperty.InterfaceId:
                    extras.InterfaceId = reader.Value;
                    break;
                case SystemProperty.DiagnosticId:
                    extras.DiagnosticId = reader.Value;
                    break;
                case SystemProperty.DiagnosticContext:
                    extras.DiagnosticContext = reader.Value;
                    break;
                default:
                    applicationProperties += IsApplicationProperty(reader.System) ? 1 : 0;
                    break;
            }
        }

        return applicationProperties;
    }

    // Who connected is told by what the hub knows, never by what the sender says.
    private static bool IsApplicationProperty(SystemProperty property) => property
        is SystemProperty.None or SystemProperty.OutputName or SystemProperty.CreationTime or SystemProperty.MessageSchema or SystemProperty.Ack;

    private static void WriteApplicationProperties(AmqpWriter writer, ReadOnlySpan<byte> properties, int count)
    {
        // A map has each key once, and of a name that came twice the last counts.
        var last = count > MaxCompared ? LastPlaces(properties) : null;
        var start = writer.BeginApplicationProperties();
        var written = 0;
        var place = 0;
        var rest = new EventPropertiesReader(properties);
        while (rest.TryRead())
        {
            if (!IsApplicationProperty(rest.System))
            {
                continue;
            }

            var isLast = last is null ? !ComesAgain(rest) : last[Key(NameOf(rest))] == place;
            place++;
            if (!isLast)
            {
                continue;
            }

            writer.String(NameOf(rest));
            if (rest.IsNull)
            {
                writer.Null();
            }
            else
            {
                writer.String(rest.Value);
            }

            written += 2;
        }

        writer.End(start, written);
    }

    private static bool ComesAgain(EventPropertiesReader reader)
    {
        // A copy: the caller's place stays.
        var name = NameOf(reader);
        while (reader.TryRead())
        {
            if (IsApplicationProperty(reader.System) && NameOf(reader).SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    private static Dictionary<string, int> LastPlaces(ReadOnlySpan<byte> properties)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var place = 0;
        var reader = new EventPropertiesReader(properties);
        while (reader.TryRead())
        {
            if (IsApplicationProperty(reader.System))
            {
                places[Key(NameOf(reader))] = place++;
            }
        }

        return places;
    }

    // One character a byte: equal exactly if the bytes are, well-formed or not.
    private static string Key(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);

    private static ReadOnlySpan<byte> NameOf(in EventPropertiesReader reader) => reader.System switch
    {
        SystemProperty.None => reader.Name,
        SystemProperty.OutputName => "iothub-outputname"u8,
        SystemProperty.CreationTime => "iothub-creation-time-utc"u8,
        SystemProperty.MessageSchema => "iothub-message-schema"u8,
        _ => "iothub-ack"u8,
    };

    // These are symbols on the wire, and a symbol has no other characters.
    private static ReadOnlySpan<byte> AsciiOrNothing(ReadOnlySpan<byte> value) => Ascii.IsValid(value) ? value : default;

    private static long? ReadTime(ReadOnlySpan<byte> value) =>
        WireTime.TryParse(Encoding.UTF8.GetString(value), out var time) ? time.ToUnixTimeMilliseconds() : null;

    [StructLayout(LayoutKind.Auto)]
    private ref struct Extras
    {
        public ReadOnlySpan<byte> DataSchema;
        public ReadOnlySpan<byte> Component;
        public ReadOnlySpan<byte> InterfaceId;
        public ReadOnlySpan<byte> DiagnosticId;
        public ReadOnlySpan<byte> DiagnosticContext;
    }
}
