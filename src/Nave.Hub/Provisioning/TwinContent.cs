using System.Buffers;
using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>The content of twins on their way into a hub: <c>{"tags":{…},"properties":{"desired":{…},"reported":{…}}}</c>.</summary>
internal static class TwinContent
{
    /// <summary>Writes an initial twin; empty if it has nothing.</summary>
    public static ReadOnlyMemory<byte> Of(InitialTwin? twin) => Of(twin?.Tags ?? default, twin?.Properties?.Desired ?? default, default);

    /// <summary>Takes over the twin that another hub shows: what is the hub's own (versions, metadata) stays behind.</summary>
    /// <exception cref="JsonException">The hub's answer is no twin.</exception>
    public static ReadOnlyMemory<byte> OfServiceView(ReadOnlyMemory<byte> twin)
    {
        using var document = JsonDocument.Parse(twin);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("A twin is a JSON object.");
        }

        var properties = root.TryGetProperty("properties"u8, out var found) ? found : default;
        return Of(Section(root, "tags"u8), Section(properties, "desired"u8), Section(properties, "reported"u8));
    }

    private static ReadOnlyMemory<byte> Of(RawJson tags, RawJson desired, RawJson reported)
    {
        if (IsNothing(tags) && IsNothing(desired) && IsNothing(reported))
        {
            return default;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        Write(writer, "tags"u8, tags);
        writer.WriteStartObject("properties"u8);
        Write(writer, "desired"u8, desired);
        Write(writer, "reported"u8, reported);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, RawJson section)
    {
        if (!IsNothing(section))
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(section.Utf8.Span, skipInputValidation: true);
        }
    }

    private static bool IsNothing(RawJson section) => section.IsUndefined || section.IsNull || section.Utf8.Span.SequenceEqual("{}"u8);

    private static RawJson Section(JsonElement parent, ReadOnlySpan<byte> name)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var section) || section.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach (var property in section.EnumerateObject())
        {
            if (!property.NameEquals("$metadata"u8) && !property.NameEquals("$version"u8))
            {
                property.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return RawJson.FromTrusted(buffer.WrittenMemory);
    }
}
