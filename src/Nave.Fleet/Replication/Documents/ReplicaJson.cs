using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Replication.Documents;

/// <summary>The JSON form of a document: what Cosmos DB and JSON lines hold, and what the SQL sinks show as a view.</summary>
internal static class ReplicaJson
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a document on one line.</summary>
    /// <param name="document">The document.</param>
    /// <param name="id">What stands as its id, if not the id itself.</param>
    public static byte[] Write(ReplicaDocument document, string? id = null)
    {
        var buffer = new ArrayBufferWriter<byte>(512 + document.Desired.Utf8.Length + document.Reported.Utf8.Length);
        using var writer = new Utf8JsonWriter(buffer, s_options);
        writer.WriteStartObject();
        writer.WriteString("id"u8, id ?? document.Id);
        writer.WriteString("deviceId"u8, document.Key.DeviceId);
        writer.WriteString("moduleId"u8, document.Key.ModuleId);
        writer.WriteNumber("version"u8, document.Version);
        writer.WriteString("etag"u8, document.ETag);
        WriteRaw(writer, "tags"u8, document.Tags);
        WriteRaw(writer, "desired"u8, document.Desired);
        WriteRaw(writer, "reported"u8, document.Reported);
        writer.WriteBoolean("deleted"u8, document.IsDeleted);
        writer.WriteString("lastOperation"u8, document.LastOperation);
        writer.WriteString("lastOperationTime"u8, WireTime.Format(document.LastOperationTime));
        writer.WriteString("generationId"u8, document.GenerationId);
        writer.WriteString("since"u8, document.Since is { } since ? WireTime.Format(since) : null);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is no such document.</exception>
    public static ReplicaDocument Read(JsonElement json)
    {
        try
        {
            return new ReplicaDocument
            {
                Key = new IdentityId(json.GetProperty("deviceId").GetString() ?? throw Malformed("deviceId"), json.GetProperty("moduleId").GetString()),
                Version = json.GetProperty("version").GetInt64(),
                ETag = json.GetProperty("etag").GetString(),
                Tags = RawJson.From(json.GetProperty("tags")),
                Desired = RawJson.From(json.GetProperty("desired")),
                Reported = RawJson.From(json.GetProperty("reported")),
                IsDeleted = json.GetProperty("deleted").GetBoolean(),
                LastOperation = json.GetProperty("lastOperation").GetString() ?? throw Malformed("lastOperation"),
                LastOperationTime = TimeOf(json.GetProperty("lastOperationTime")) ?? throw Malformed("lastOperationTime"),
                GenerationId = json.GetProperty("generationId").GetString(),
                Since = TimeOf(json.GetProperty("since")),
            };
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or JsonException)
        {
            throw new InvalidDataException($"A document of the target is not one that a replication wrote: {e.Message}", e);
        }
    }

    private static void WriteRaw(Utf8JsonWriter writer, ReadOnlySpan<byte> name, RawJson value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }

    private static DateTimeOffset? TimeOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && WireTime.TryParse(value.GetString(), out var time) ? time : null;

    private static InvalidDataException Malformed(string name) => new($"A document of the target has no {name}.");
}
