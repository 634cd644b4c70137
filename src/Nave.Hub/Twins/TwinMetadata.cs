using System.Buffers;
using System.Text.Json;

namespace Nave.Hub.Twins;

/// <summary>
/// The stored form of a section's metadata (docs/formats/twins.md): a form byte, the root's ticks (varint) and version (varint),
/// then for each further node in the order of the section's JSON the distance of its ticks from the root's (zigzag varint) and
/// its version (varint). Names are not repeated: the section's JSON has them.
/// </summary>
internal static class TwinMetadata
{
    private const byte Form = 1;

    /// <summary>Writes the metadata of a tree.</summary>
    public static void Encode(IBufferWriter<byte> target, TwinNode root)
    {
        target.Write([Form]);
        Put(target, (ulong)root.UpdatedTicks);
        Put(target, (ulong)root.UpdatedVersion);
        EncodeChildren(target, root, root.UpdatedTicks);
    }

    /// <summary>Puts stored metadata into the nodes of a freshly parsed section.</summary>
    /// <exception cref="InvalidDataException">It does not fit the section.</exception>
    public static void Apply(TwinNode root, ReadOnlySpan<byte> encoded)
    {
        var rest = encoded;
        ReadRoot(ref rest, out var ticks, out var version);
        root.UpdatedTicks = ticks;
        root.UpdatedVersion = version;
        ApplyChildren(root, ticks, ref rest);
        if (!rest.IsEmpty)
        {
            throw Damaged();
        }
    }

    /// <summary>Writes the <c>$metadata</c> object of a stored section.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="json">The section's stored JSON.</param>
    /// <param name="encoded">Its stored metadata.</param>
    /// <exception cref="InvalidDataException">They do not fit together.</exception>
    public static void WriteJson(IBufferWriter<byte> target, ReadOnlySpan<byte> json, ReadOnlySpan<byte> encoded)
    {
        try
        {
            WriteStored(target, json, encoded);
        }
        catch (JsonException)
        {
            throw Damaged();
        }
    }

    private static void WriteStored(IBufferWriter<byte> target, ReadOnlySpan<byte> json, ReadOnlySpan<byte> encoded)
    {
        var rest = encoded;
        ReadRoot(ref rest, out var rootTicks, out var version);
        Open(target, rootTicks, version);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var depth = 1;
        while (depth > 0 && reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    target.Write(","u8);
                    target.Write(json[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]);
                    Open(target, rootTicks - ReadDistance(ref rest), ReadVersion(ref rest));
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.StartObject)
                    {
                        depth++;
                    }
                    else
                    {
                        reader.Skip();
                        target.Write("}"u8);
                    }

                    break;
                default:
                    target.Write("}"u8);
                    depth--;
                    break;
            }
        }
    }

    /// <summary>Writes a <c>$metadata</c> object for what a change names; what it deletes is left out.</summary>
    public static void WriteJson(IBufferWriter<byte> target, TwinNode change, TwinStamp stamp)
    {
        Open(target, stamp.UtcTicks, stamp.Version);
        foreach (var child in change.Children)
        {
            if (child is null or { IsNull: true })
            {
                continue;
            }

            target.Write(","u8);
            TwinJson.WriteName(target, child.Name.Span);
            WriteJson(target, child, stamp);
        }

        target.Write("}"u8);
    }

    private static void Open(IBufferWriter<byte> target, long ticks, long version)
    {
        if ((ulong)ticks > (ulong)DateTime.MaxValue.Ticks)
        {
            throw Damaged();
        }

        target.Write("{\"$lastUpdated\":"u8);
        TwinJson.WriteTime(target, ticks);
        if (version > 0)
        {
            target.Write(",\"$lastUpdatedVersion\":"u8);
            TwinJson.WriteNumber(target, version);
        }
    }

    private static void EncodeChildren(IBufferWriter<byte> target, TwinNode node, long rootTicks)
    {
        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                var distance = rootTicks - child.UpdatedTicks;
                Put(target, (ulong)((distance << 1) ^ (distance >> 63)));
                Put(target, (ulong)child.UpdatedVersion);
                EncodeChildren(target, child, rootTicks);
            }
        }
    }

    private static void ApplyChildren(TwinNode node, long rootTicks, ref ReadOnlySpan<byte> rest)
    {
        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                child.UpdatedTicks = rootTicks - ReadDistance(ref rest);
                child.UpdatedVersion = ReadVersion(ref rest);
                ApplyChildren(child, rootTicks, ref rest);
            }
        }
    }

    private static void ReadRoot(ref ReadOnlySpan<byte> rest, out long ticks, out long version)
    {
        if (rest.IsEmpty || rest[0] != Form)
        {
            throw Damaged();
        }

        rest = rest[1..];
        ticks = ReadVersion(ref rest);
        version = ReadVersion(ref rest);
    }

    private static long ReadDistance(ref ReadOnlySpan<byte> rest)
    {
        var value = (ulong)ReadVersion(ref rest);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private static long ReadVersion(ref ReadOnlySpan<byte> rest) => Varint.TryRead(ref rest, out var value) ? (long)value : throw Damaged();

    private static void Put(IBufferWriter<byte> target, ulong value) => target.Advance(Varint.Write(target.GetSpan(Varint.MaxBytes), value));

    internal static InvalidDataException Damaged() => new("The metadata of a twin section does not fit its properties, or a newer program wrote it.");
}
