using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Replication.Sinks.JsonLines;

/// <summary>A history entry as JSON: a line, or an item of Cosmos DB.</summary>
internal static class HistoryLine
{
    /// <summary>Writes an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="id">An id to stand in front, if one is needed.</param>
    public static byte[] Write(HistoryEntry entry, string? id = null)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (id is not null)
            {
                writer.WriteString("id", id);
            }

            writer.WriteString("deviceId", entry.Key.DeviceId);
            writer.WriteString("moduleId", entry.Key.ModuleId);
            writer.WriteString("generationId", entry.GenerationId);
            writer.WriteNumber("version", entry.Version);
            writer.WriteString("path", entry.Path);
            Write(writer, "old", entry.Old);
            Write(writer, "new", entry.New);
            writer.WriteString("operation", entry.Operation);
            writer.WriteString("time", WireTime.Format(entry.Time));
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <exception cref="InvalidDataException">It is no such entry.</exception>
    public static HistoryEntry Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            return new HistoryEntry(
                new IdentityId(root.GetProperty("deviceId").GetString() ?? string.Empty, root.GetProperty("moduleId").GetString()),
                root.GetProperty("generationId").GetString() ?? string.Empty,
                root.GetProperty("version").GetInt64(),
                root.GetProperty("path").GetString() ?? string.Empty,
                root.TryGetProperty("old", out var old) ? RawJson.From(old) : default,
                root.TryGetProperty("new", out var now) ? RawJson.From(now) : default,
                root.GetProperty("operation").GetString() ?? string.Empty,
                WireTime.TryParse(root.GetProperty("time").GetString(), out var time) ? time : default);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"A history entry cannot be read: {e.Message}", e);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, RawJson value)
    {
        if (!value.IsUndefined)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(value.Utf8.Span);
        }
    }
}
