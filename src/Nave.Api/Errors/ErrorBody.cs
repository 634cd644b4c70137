using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Nave.Api;

/// <summary>Writes errors as the hub does, and reads them on the client's side. Source: wire facts 15.1, 12.4, 4.5.3.</summary>
public static class ErrorBody
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Gets the text of the <c>iothub-errorcode</c> header.</summary>
    public static string HeaderOf(HubErrorCode code) => Enum.GetName(code) ?? ((int)code).ToString(CultureInfo.InvariantCulture);

    /// <summary>Writes <c>{"Message":"ErrorCode:{Name};{text}","ExceptionMessage":"Tracking ID:…-TimeStamp:…"}</c>.</summary>
    /// <param name="error">The error.</param>
    /// <param name="trackingId">Hex digits that the log has too.</param>
    /// <param name="now">The time.</param>
    public static byte[] Http(HubError error, string trackingId, DateTimeOffset now) => Write(writer =>
    {
        writer.WriteString("Message"u8, $"ErrorCode:{HeaderOf(error.Code)};{error.Message}");
        writer.WriteString(
            "ExceptionMessage"u8, string.Create(CultureInfo.InvariantCulture, $"Tracking ID:{trackingId}-G:0-TimeStamp:{now.UtcDateTime:MM/dd/yyyy HH:mm:ss}"));
    });

    /// <summary>
    /// Writes the second shape, whose <c>Message</c> is JSON in a string; direct methods and throttling use it
    /// (<see cref="UsesJsonText"/>).
    /// </summary>
    /// <param name="error">The error.</param>
    /// <param name="trackingId">Hex digits that the log has too.</param>
    /// <param name="now">The time.</param>
    /// <param name="timeout">What was waited for the device, if that is the error.</param>
    public static byte[] HttpJsonText(HubError error, string trackingId, DateTimeOffset now, TimeSpan? timeout = null)
    {
        var inner = Write(writer =>
        {
            WriteCode(writer, error, trackingId);
            if (timeout is { } waited)
            {
                writer.WriteStartObject("info"u8);
                writer.WriteString("timeout"u8, waited.ToString("c", CultureInfo.InvariantCulture));
                writer.WriteEndObject();
            }

            writer.WriteString("timestampUtc"u8, WireTime.Format(now));
        });
        return Write(writer =>
        {
            writer.WriteString("Message"u8, inner);
            writer.WriteString("ExceptionMessage"u8, string.Empty);
        });
    }

    /// <summary>Tells whether the hub answers this error in the second shape.</summary>
    public static bool UsesJsonText(HubErrorCode code) => code is
        HubErrorCode.DeviceNotOnline or HubErrorCode.GatewayTimeout or HubErrorCode.DeviceMaximumInflightMethodExceeded
        or HubErrorCode.DeviceConnectionClosedRemotely or HubErrorCode.ThrottlingException;

    /// <summary>Writes <c>{"errorCode":400004,"trackingId":"…","message":"…","timestampUtc":"…"}</c>, for twins over MQTT and AMQP.</summary>
    public static byte[] Twin(HubError error, string trackingId, DateTimeOffset now) => Write(writer =>
    {
        WriteCode(writer, error, trackingId);
        writer.WriteString("timestampUtc"u8, WireTime.Format(now));
    });

    /// <summary>Reads any of the shapes.</summary>
    /// <param name="body">The body.</param>
    /// <param name="error">The code (<see cref="HubErrorCode.None"/> if its name or number is not ours) and the sentence.</param>
    /// <param name="trackingId">The tracking id, or <see langword="null"/>.</param>
    /// <returns><see langword="false"/> if the body is none of the shapes.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> body, out HubError error, out string? trackingId)
    {
        error = new HubError(HubErrorCode.None, string.Empty);
        trackingId = null;
        try
        {
            using var document = JsonDocument.Parse(body);
            return TryParse(document.RootElement, ref error, ref trackingId);
        }
        catch (Exception e) when (IsNotText(e))
        {
            return false;
        }
    }

    // The reader's words for what is no JSON, and for a string that is no Unicode text.
    private static bool IsNotText(Exception e) => e is JsonException or InvalidOperationException;

    private static bool TryParse(JsonElement root, ref HubError error, ref string? trackingId)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        if (root.TryGetProperty("errorCode", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var code))
        {
            trackingId = Text(root, "trackingId");
            error = new HubError(Known(code), Text(root, "message") ?? string.Empty);
            return true;
        }

        if (Text(root, "Message") is not { } message)
        {
            return false;
        }

        if (message.StartsWith('{'))
        {
            try
            {
                using var inner = JsonDocument.Parse(message);
                return TryParse(inner.RootElement, ref error, ref trackingId);
            }
            catch (Exception e) when (IsNotText(e))
            {
                // A message may begin with a brace and not be JSON; then it is only text.
            }
        }

        trackingId = TrackingId(Text(root, "ExceptionMessage"));
        var semicolon = message.IndexOf(';', StringComparison.Ordinal);
        const string Prefix = "ErrorCode:";
        if (semicolon > 0 && message.StartsWith(Prefix, StringComparison.Ordinal))
        {
            _ = Enum.TryParse<HubErrorCode>(message.AsSpan(Prefix.Length, semicolon - Prefix.Length), out var named);
            error = new HubError(Known((int)named), message[(semicolon + 1)..]);
        }
        else
        {
            error = new HubError(HubErrorCode.None, message);
        }

        return true;
    }

    private static HubErrorCode Known(int code) => Enum.IsDefined((HubErrorCode)code) ? (HubErrorCode)code : HubErrorCode.None;

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? TrackingId(string? exceptionMessage)
    {
        const string Prefix = "Tracking ID:";
        if (exceptionMessage is null || !exceptionMessage.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var end = exceptionMessage.IndexOf("-TimeStamp:", StringComparison.Ordinal);
        return end < 0 ? exceptionMessage[Prefix.Length..] : exceptionMessage[Prefix.Length..end];
    }

    private static void WriteCode(Utf8JsonWriter writer, HubError error, string trackingId)
    {
        writer.WriteNumber("errorCode"u8, (int)error.Code);
        writer.WriteString("trackingId"u8, trackingId);
        writer.WriteString("message"u8, error.Message);
    }

    private static byte[] Write(Action<Utf8JsonWriter> fields)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
