using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Nave.Hub.Twins;

/// <summary>Reads and writes the JSON of twin sections; numbers and strings keep their exact text.</summary>
internal static class TwinJson
{
    /// <summary>An empty section.</summary>
    public static readonly byte[] EmptyObject = "{}"u8.ToArray();

    // Ten levels of objects below the section (wire facts 11.9), arrays within, and what stands around a section in a request.
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 64 };

    /// <summary>Parses an object.</summary>
    /// <param name="json">One JSON object; the nodes keep slices of it.</param>
    /// <param name="skipReserved">Whether to leave out <c>$metadata</c> and <c>$version</c> at the root: whole twins come back with them.</param>
    /// <exception cref="JsonException">It is not JSON, or not an object.</exception>
    public static TwinNode Parse(ReadOnlyMemory<byte> json, bool skipReserved = false)
    {
        var reader = new Utf8JsonReader(json.Span, s_options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A JSON object is needed.");
        }

        var root = new TwinNode(default(ReadOnlyMemory<byte>));
        ReadChildren(ref reader, json, root, skipReserved);
        reader.Read(); // Throws if anything but white space follows.
        return root;
    }

    /// <summary>Writes a node's value: for an object <c>{…}</c> without its removed children.</summary>
    public static void Write(IBufferWriter<byte> target, TwinNode node)
    {
        if (!node.IsObject)
        {
            target.Write(node.Json.Span);
            return;
        }

        target.Write("{"u8);
        var first = true;
        foreach (var child in node.Children)
        {
            if (child is null)
            {
                continue;
            }

            if (!first)
            {
                target.Write(","u8);
            }

            first = false;
            WriteName(target, child.Name.Span);
            Write(target, child);
        }

        target.Write("}"u8);
    }

    /// <summary>Writes the members of an object, each with a comma after it.</summary>
    public static void WriteMembers(IBufferWriter<byte> target, TwinNode node)
    {
        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                WriteName(target, child.Name.Span);
                Write(target, child);
                target.Write(","u8);
            }
        }
    }

    /// <summary>Writes <c>"name":</c>, escaped where it must be.</summary>
    public static void WriteName(IBufferWriter<byte> target, ReadOnlySpan<byte> name)
    {
        WriteString(target, name);
        target.Write(":"u8);
    }

    /// <summary>Writes a JSON string from UTF-8.</summary>
    public static void WriteString(IBufferWriter<byte> target, ReadOnlySpan<byte> utf8)
    {
        target.Write("\""u8);
        while (true)
        {
            var at = utf8.IndexOfAny(s_escaped);
            if (at < 0)
            {
                break;
            }

            target.Write(utf8[..at]);
            var b = utf8[at];
            if (b is (byte)'"' or (byte)'\\')
            {
                target.Write([(byte)'\\', b]);
            }
            else
            {
                target.Write("\\u00"u8);
                target.Write([(byte)"0123456789abcdef"[b >> 4], (byte)"0123456789abcdef"[b & 15]]);
            }

            utf8 = utf8[(at + 1)..];
        }

        target.Write(utf8);
        target.Write("\""u8);
    }

    /// <summary>Writes a number.</summary>
    public static void WriteNumber(IBufferWriter<byte> target, long value)
    {
        var span = target.GetSpan(20);
        Utf8Formatter.TryFormat(value, span, out var count);
        target.Advance(count);
    }

    /// <summary>Writes a time as a JSON string with seven fraction digits.</summary>
    public static void WriteTime(IBufferWriter<byte> target, long utcTicks)
    {
        var span = target.GetSpan(30);
        span[0] = (byte)'"';
        Utf8Formatter.TryFormat(new DateTime(utcTicks, DateTimeKind.Utc), span[1..], out var count, 'O');
        span[count + 1] = (byte)'"';
        target.Advance(count + 2);
    }

    private static readonly SearchValues<byte> s_escaped =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    private static void ReadChildren(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, TwinNode parent, bool skipReserved)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (skipReserved && (reader.ValueTextEquals("$metadata"u8) || reader.ValueTextEquals("$version"u8)))
            {
                reader.Read();
                reader.Skip();
                continue;
            }

            var name = ReadName(ref reader, json);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                var child = new TwinNode(name);
                ReadChildren(ref reader, json, child, skipReserved: false);
                parent.Set(child);
                continue;
            }

            var isArray = reader.TokenType == JsonTokenType.StartArray;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var text = json[start..(int)reader.BytesConsumed];
            parent.Set(new TwinNode(name, isArray ? JsonText.Minify(text) : text));
        }
    }

    private static ReadOnlyMemory<byte> ReadName(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        if (!reader.ValueIsEscaped)
        {
            return json.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        }

        var name = new byte[reader.ValueSpan.Length];
        return name.AsMemory(0, reader.CopyString(name));
    }
}
