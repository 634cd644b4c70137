using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;

namespace Nave.Fleet.Replication.Documents;

/// <summary>One section of a twin: tags, desired or reported properties. Everything is copied digit for digit.</summary>
internal static class Section
{
    private const string VersionName = "$version";
    private const string MetadataName = "$metadata";

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    /// <summary>Gets the section without members.</summary>
    public static RawJson Empty { get; } = RawJson.Parse("{}");

    /// <summary>Copies a section as a twin or an event has it, without its metadata.</summary>
    /// <param name="content">An object; anything else is an empty section.</param>
    public static RawJson From(JsonElement content) => content.ValueKind != JsonValueKind.Object ? Empty : Write(writer =>
    {
        writer.WriteStartObject();
        foreach (var member in content.EnumerateObject())
        {
            if (!member.NameEquals(MetadataName))
            {
                member.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    });

    /// <summary>Applies a change: an RFC 7396 merge patch, where <c>null</c> removes. <c>$version</c> becomes the patch's; <c>$metadata</c> is left out.</summary>
    /// <param name="section">The section.</param>
    /// <param name="patch">An object.</param>
    public static RawJson Merge(RawJson section, JsonElement patch)
    {
        using var target = JsonDocument.Parse(section.Utf8);
        return Write(writer => MergeObject(writer, target.RootElement, patch, isRoot: true));
    }

    /// <summary>Gets <c>$version</c>; 0 if there is none.</summary>
    public static long VersionOf(RawJson section)
    {
        var reader = new Utf8JsonReader(section.Utf8.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isVersion = reader.ValueTextEquals(VersionName);
            reader.Read();
            if (isVersion)
            {
                return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var version) ? version : 0;
            }

            reader.Skip();
        }

        return 0;
    }

    /// <summary>Gets the <c>$version</c> of a change or a whole section; <see langword="null"/> if there is none that can be read.</summary>
    public static long? VersionOf(JsonElement section) =>
        section.ValueKind == JsonValueKind.Object && section.TryGetProperty(VersionName, out var version)
        && version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out var number)
            ? number
            : null;

    /// <summary>Gets when the section last changed: <c>$metadata.$lastUpdated</c>.</summary>
    public static DateTimeOffset? LastUpdatedOf(JsonElement section) =>
        section.ValueKind == JsonValueKind.Object && section.TryGetProperty(MetadataName, out var metadata)
        && metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty("$lastUpdated", out var text)
        && text.ValueKind == JsonValueKind.String && WireTime.TryParse(text.GetString(), out var time)
            ? HubTimes.Cut(time)
            : null;

    private static void MergeObject(Utf8JsonWriter writer, JsonElement target, JsonElement patch, bool isRoot)
    {
        writer.WriteStartObject();
        foreach (var member in target.EnumerateObject())
        {
            if (!patch.TryGetProperty(member.Name, out var change))
            {
                member.WriteTo(writer);
            }
            else if (change.ValueKind == JsonValueKind.Object && member.Value.ValueKind == JsonValueKind.Object)
            {
                writer.WritePropertyName(member.Name);
                MergeObject(writer, member.Value, change, isRoot: false);
            }
            else
            {
                WriteNew(writer, member.Name, change);
            }
        }

        foreach (var change in patch.EnumerateObject())
        {
            if (!(isRoot && change.NameEquals(MetadataName)) && !target.TryGetProperty(change.Name, out _))
            {
                WriteNew(writer, change.Name, change.Value);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteNew(Utf8JsonWriter writer, string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        writer.WritePropertyName(name);
        if (value.ValueKind != JsonValueKind.Object)
        {
            value.WriteTo(writer);
            return;
        }

        // Nothing is there to remove from: nulls inside are left out.
        writer.WriteStartObject();
        foreach (var member in value.EnumerateObject())
        {
            WriteNew(writer, member.Name, member.Value);
        }

        writer.WriteEndObject();
    }

    private static RawJson Write(Action<Utf8JsonWriter> write)
    {
        var buffer = s_buffer ??= new ArrayBufferWriter<byte>(4096);
        buffer.ResetWrittenCount();
        var writer = s_writer ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        writer.Reset(buffer);
        write(writer);
        writer.Flush();
        return RawJson.FromTrusted(buffer.WrittenSpan.ToArray());
    }
}
