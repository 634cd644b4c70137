using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Replication.Sinks.JsonLines;

/// <summary>An event that was set aside, as JSON: a line, or an item of Cosmos DB. Its body is in base64.</summary>
internal static class PoisonLine
{
    /// <summary>Writes an event.</summary>
    /// <param name="poison">The event.</param>
    /// <param name="id">An id to stand in front, if one is needed.</param>
    /// <param name="partitionKey">What stands as <c>deviceId</c> then.</param>
    public static byte[] Write(PoisonEvent poison, string? id = null, string? partitionKey = null)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (id is not null)
            {
                writer.WriteString("id", id);
                writer.WriteString("deviceId", partitionKey);
            }

            writer.WriteString("stream", poison.Stream);
            writer.WriteString("partition", poison.Partition);
            writer.WriteNumber("sequenceNumber", poison.SequenceNumber);
            writer.WriteString("enqueuedTime", WireTime.Format(poison.EnqueuedTime));
            writer.WriteString("device", poison.DeviceId);
            writer.WriteString("module", poison.ModuleId);
            writer.WriteString("operation", poison.Operation);
            writer.WriteString("reason", poison.Reason);
            writer.WriteBase64String("body", poison.Body.Span);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <exception cref="InvalidDataException">It is no such event.</exception>
    public static PoisonEvent Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            return new PoisonEvent(
                root.GetProperty("stream").GetString() ?? string.Empty,
                root.GetProperty("partition").GetString() ?? string.Empty,
                root.GetProperty("sequenceNumber").GetInt64(),
                WireTime.TryParse(root.GetProperty("enqueuedTime").GetString(), out var time) ? time : default,
                root.GetProperty("device").GetString(),
                root.GetProperty("module").GetString(),
                root.GetProperty("operation").GetString(),
                root.GetProperty("reason").GetString() ?? string.Empty,
                root.GetProperty("body").GetBytesFromBase64());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"An event that was set aside cannot be read: {e.Message}", e);
        }
    }
}
