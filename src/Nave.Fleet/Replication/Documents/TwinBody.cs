using System.Buffers.Binary;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Replication.Documents;

/// <summary>Makes documents from whole twins: those of events, of reads and of queries.</summary>
internal static class TwinBody
{
    /// <summary>Makes a document from a twin.</summary>
    /// <param name="key">Whose.</param>
    /// <param name="twin">A twin's JSON, with <c>version</c>, and perhaps <c>etag</c>, <c>tags</c>, <c>properties</c>.</param>
    /// <param name="operation">What gave it.</param>
    /// <param name="time">When.</param>
    /// <exception cref="InvalidDataException">It has no version.</exception>
    public static ReplicaDocument ToDocument(IdentityId key, JsonElement twin, string operation, DateTimeOffset time)
    {
        var properties = twin.TryGetProperty("properties", out var both) && both.ValueKind == JsonValueKind.Object ? both : default;
        return new ReplicaDocument
        {
            Key = key,
            Version = twin.TryGetProperty("version", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out var number)
                ? number
                : throw new InvalidDataException($"The twin of {key} has no version."),
            ETag = twin.TryGetProperty("etag", out var etag) && etag.ValueKind == JsonValueKind.String ? etag.GetString() : null,
            Tags = twin.TryGetProperty("tags", out var tags) ? Section.From(tags) : Section.Empty,
            Desired = Section.From(SectionOf(properties, "desired")),
            Reported = Section.From(SectionOf(properties, "reported")),
            LastOperation = operation,
            LastOperationTime = time,
        };
    }

    /// <summary>Gets when desired or reported properties last changed, by the hub's clock; <see langword="null"/> if the twin does not say, or never.</summary>
    public static DateTimeOffset? LastUpdatedOf(JsonElement twin)
    {
        if (!twin.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var desired = Section.LastUpdatedOf(SectionOf(properties, "desired"));
        var reported = Section.LastUpdatedOf(SectionOf(properties, "reported"));
        var last = desired is null || reported > desired ? reported : desired;

        // Azure gives a new twin the first day there is.
        return last?.Year > 1 ? last : null;
    }

    /// <summary>Gets a section of properties.</summary>
    public static JsonElement SectionOf(JsonElement properties, string name) =>
        properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(name, out var section) ? section : default;

    /// <summary>
    /// Gets the etag that follows: it counts changes of tags and desired properties, eight bytes, the highest first, in base64 (wire facts 11.2,
    /// 11.3). An event of a change does not say it.
    /// </summary>
    public static string? NextETag(string? etag)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        if (etag is null || !Convert.TryFromBase64String(etag, bytes, out var length) || length != sizeof(long))
        {
            return null;
        }

        BinaryPrimitives.WriteInt64BigEndian(bytes, BinaryPrimitives.ReadInt64BigEndian(bytes) + 1);
        return Convert.ToBase64String(bytes);
    }
}
