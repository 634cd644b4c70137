using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Nave.Api;

/// <summary>
/// Writes and reads an event as one JSON object on one line: <c>{"partition","sequenceNumber","offset","enqueuedTime","deviceId",
/// "moduleId","systemProperties":{…},"properties":{…},"body"}</c>. The body is JSON if the content type says so or if it is an object or
/// array, a string if it is UTF-8, and else <c>"bodyBase64"</c> takes its place.
/// </summary>
public static class EventJson
{
    private const string SourceName = "iothub-message-source";
    private const string AuthMethodName = "iothub-connection-auth-method";
    private const string GenerationName = "iothub-connection-auth-generation-id";
    private const string EnqueuedName = "iothub-enqueuedtime";

    /// <summary>Writes one event. The writer must not be indented; a line end is the caller's.</summary>
    public static void Write(Utf8JsonWriter writer, EventLine line)
    {
        writer.WriteStartObject();
        writer.WriteNumber("partition"u8, line.Partition);
        writer.WriteNumber("sequenceNumber"u8, line.SequenceNumber);
        writer.WriteString("offset"u8, line.Offset);
        writer.WriteString("enqueuedTime"u8, WireTime.Format(line.EnqueuedTime));
        writer.WriteString("deviceId"u8, line.DeviceId);
        writer.WriteString("moduleId"u8, line.ModuleId);
        var contentType = WriteProperties(writer, line);
        WriteBody(writer, line.Body, contentType);
        writer.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="FormatException">The line is not an event; the message does not quote it.</exception>
    public static EventLine Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return Parse(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"A line of {utf8.Length} bytes is not an event: it is cut off, or a field is missing or of another type.");
        }
    }

    private static EventLine Parse(JsonElement root)
    {
        var properties = new EventPropertiesWriter();
        string? source = null, authMethod = null, generation = null;
        foreach (var property in root.GetProperty("systemProperties").EnumerateObject())
        {
            var value = property.Value.GetString();
            switch (property.Name)
            {
                case SourceName:
                    source = value;
                    break;
                case AuthMethodName:
                    authMethod = value;
                    break;
                case GenerationName:
                    generation = value;
                    break;
                default:
                    if (SystemPropertyNames.FromAmqp(property.Name) is not (SystemProperty.None or SystemProperty.ConnectionDeviceId or SystemProperty.ConnectionModuleId) and var system)
                    {
                        properties.Add(system, value);
                    }

                    break;
            }
        }

        foreach (var property in root.GetProperty("properties").EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null)
            {
                properties.AddNull(Encoding.UTF8.GetBytes(property.Name));
            }
            else
            {
                properties.Add(property.Name, property.Value.GetString());
            }
        }

        return new EventLine
        {
            Partition = root.GetProperty("partition").GetInt32(),
            SequenceNumber = root.GetProperty("sequenceNumber").GetInt64(),
            Offset = root.GetProperty("offset").GetString() ?? string.Empty,
            EnqueuedTime = WireTime.TryParse(root.GetProperty("enqueuedTime").GetString(), out var time) ? time : throw new FormatException(),
            DeviceId = root.GetProperty("deviceId").GetString() ?? string.Empty,
            ModuleId = root.TryGetProperty("moduleId", out var module) ? module.GetString() : null,
            Source = source,
            AuthMethod = authMethod,
            GenerationId = generation,
            Properties = properties.ToProperties(),
            Body = ReadBody(root),
        };
    }

    private static byte[] ReadBody(JsonElement root)
    {
        if (root.TryGetProperty("bodyBase64", out var base64))
        {
            return base64.GetBytesFromBase64();
        }

        var body = root.GetProperty("body");
        return body.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(body.GetString() ?? string.Empty) : RawJson.From(body).Utf8.ToArray();
    }

    private static string? WriteProperties(Utf8JsonWriter writer, EventLine line)
    {
        string? contentType = null;
        writer.WriteStartObject("systemProperties"u8);
        writer.WriteString("iothub-connection-device-id"u8, line.DeviceId);
        WriteIfSet(writer, "iothub-connection-module-id", line.ModuleId);
        WriteIfSet(writer, AuthMethodName, line.AuthMethod);
        WriteIfSet(writer, GenerationName, line.GenerationId);
        writer.WriteString(EnqueuedName, WireTime.Format(line.EnqueuedTime));
        WriteIfSet(writer, SourceName, line.Source);
        var reader = new EventPropertiesReader(line.Properties.Encoded.Span);
        while (reader.TryRead())
        {
            // Who sent it is what the hub says, not what the sender says.
            if (reader.System is SystemProperty.None or SystemProperty.ConnectionDeviceId or SystemProperty.ConnectionModuleId)
            {
                continue;
            }

            if (reader.System == SystemProperty.ContentType)
            {
                contentType = Encoding.UTF8.GetString(reader.Value);
            }

            writer.WriteString(SystemPropertyNames.Amqp(reader.System), reader.Value);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("properties"u8);
        reader = new EventPropertiesReader(line.Properties.Encoded.Span);
        while (reader.TryRead())
        {
            if (reader.System != SystemProperty.None)
            {
                continue;
            }

            if (reader.IsNull)
            {
                writer.WriteNull(reader.Name);
            }
            else
            {
                writer.WriteString(reader.Name, reader.Value);
            }
        }

        writer.WriteEndObject();
        return contentType;
    }

    private static void WriteIfSet(Utf8JsonWriter writer, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteBody(Utf8JsonWriter writer, ReadOnlyMemory<byte> body, string? contentType)
    {
        if (!Utf8.IsValid(body.Span))
        {
            writer.WriteBase64String("bodyBase64"u8, body.Span);
            return;
        }

        if (LooksLikeJson(body.Span, contentType) && RawJson.TryCreate(body, out var json))
        {
            writer.WritePropertyName("body"u8);
            if (json.Utf8.Span.IndexOfAny((byte)'\n', (byte)'\r') < 0)
            {
                writer.WriteRawValue(json.Utf8.Span, skipInputValidation: true);
                return;
            }

            // Line ends stand between tokens only; numbers keep their digits when the element is written again.
            using var document = json.ToDocument();
            document.RootElement.WriteTo(writer);
            return;
        }

        writer.WriteString("body"u8, body.Span);
    }

    private static bool LooksLikeJson(ReadOnlySpan<byte> body, string? contentType)
    {
        var start = body.IndexOfAnyExcept(" \t\r\n"u8);
        return start >= 0
            && (body[start] is (byte)'{' or (byte)'['
                || (contentType is not null && contentType.Contains("json", StringComparison.OrdinalIgnoreCase)));
    }
}
