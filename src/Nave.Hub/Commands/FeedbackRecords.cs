using System.Buffers;
using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Commands;

/// <summary>The records that tell services how cloud-to-device messages ended (wire facts 7.2.3).</summary>
internal static class FeedbackRecords
{
    /// <summary>Encodes a record.</summary>
    /// <param name="id">Whose message.</param>
    /// <param name="message">The message.</param>
    /// <param name="status">How it ended.</param>
    /// <param name="now">When.</param>
    public static ReadOnlyMemory<byte> Encode(IdentityId id, QueuedMessage message, FeedbackStatus status, DateTimeOffset now)
    {
        var record = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(record))
        {
            json.WriteStartObject();
            json.WriteString("originalMessageId"u8, message.MessageId);
            json.WriteString("enqueuedTimeUtc"u8, WireTime.Format(now));
            json.WriteString("statusCode"u8, status.ToString());
            json.WriteString("description"u8, status.ToString());
            json.WriteString("deviceId"u8, id.DeviceId);
            if (id.ModuleId is not null)
            {
                json.WriteString("moduleId"u8, id.ModuleId);
            }

            json.WriteString("deviceGenerationId"u8, message.GenerationId);
            json.WriteEndObject();
        }

        return record.WrittenMemory;
    }

    /// <summary>Reads from a stored record whose message it was.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static string? DeviceOf(ReadOnlyMemory<byte> record)
    {
        try
        {
            using var json = JsonDocument.Parse(record);
            return json.RootElement.GetProperty("deviceId"u8).GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException("A stored feedback record is not the JSON that the hub writes: it is damaged.", e);
        }
    }
}
