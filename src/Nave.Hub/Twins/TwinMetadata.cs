using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Nave.Hub.Twins;

/// <summary>
/// The stored form of a section's metadata (docs/formats/twins.md): a form byte, the root's ticks (varint) and version (varint),
/// then for each further node in the order of the section's JSON the distance of its ticks from the root's (zigzag varint) and
/// its version (varint). Names are not repeated: the section's JSON has them. Form 2 has a table of configurations after the form
/// byte, and for each node the place of its writer in that table, from 1 (varint; 0 = none).
/// </summary>
internal static class TwinMetadata
{
    private const byte Form = 1;
    private const byte FormWithWriters = 2;

    /// <summary>Tells whether a configuration wrote any of a section.</summary>
    public static bool HasWriters(ReadOnlySpan<byte> encoded) => encoded is [FormWithWriters, ..];

    /// <summary>Writes the metadata of a tree.</summary>
    public static void Encode(IBufferWriter<byte> target, TwinNode root)
    {
        var writers = WriterTable.Of(root);
        target.Write([writers is null ? Form : FormWithWriters]);
        writers?.Write(target);
        Put(target, (ulong)root.UpdatedTicks);
        Put(target, (ulong)root.UpdatedVersion);
        if (writers is not null)
        {
            Put(target, (ulong)writers.PlaceOf(root.Writer));
        }

        EncodeChildren(target, root, root.UpdatedTicks, writers);
    }

    /// <summary>Puts stored metadata into the nodes of a freshly parsed section.</summary>
    /// <exception cref="InvalidDataException">It does not fit the section.</exception>
    public static void Apply(TwinNode root, ReadOnlySpan<byte> encoded)
    {
        var rest = encoded;
        var writers = ReadTable(ref rest);
        var ticks = ReadVersion(ref rest);
        root.UpdatedTicks = ticks;
        root.UpdatedVersion = ReadVersion(ref rest);
        root.Writer = ReadWriter(ref rest, writers);
        ApplyChildren(root, ticks, ref rest, writers);
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
        var writers = ReadTable(ref rest);
        var rootTicks = ReadVersion(ref rest);
        Open(target, rootTicks, ReadVersion(ref rest), ReadWriter(ref rest, writers));
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
                    Open(target, rootTicks - ReadDistance(ref rest), ReadVersion(ref rest), ReadWriter(ref rest, writers));
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
        Open(target, stamp.UtcTicks, stamp.Version, change.Writer);
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

    private static void Open(IBufferWriter<byte> target, long ticks, long version, TwinWriter? writer)
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

        if (writer is not null)
        {
            target.Write(",\"$lastUpdatedBy\":"u8);
            TwinJson.WriteString(target, Encoding.UTF8.GetBytes(writer.Id));
            target.Write(",\"$lastUpdatedByDigest\":"u8);
            TwinJson.WriteString(target, Encoding.UTF8.GetBytes(writer.Digest));
        }
    }

    private static void EncodeChildren(IBufferWriter<byte> target, TwinNode node, long rootTicks, WriterTable? writers)
    {
        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                var distance = rootTicks - child.UpdatedTicks;
                Put(target, (ulong)((distance << 1) ^ (distance >> 63)));
                Put(target, (ulong)child.UpdatedVersion);
                if (writers is not null)
                {
                    Put(target, (ulong)writers.PlaceOf(child.Writer));
                }

                EncodeChildren(target, child, rootTicks, writers);
            }
        }
    }

    private static void ApplyChildren(TwinNode node, long rootTicks, ref ReadOnlySpan<byte> rest, WriterTable? writers)
    {
        foreach (var child in node.Children)
        {
            if (child is not null)
            {
                child.UpdatedTicks = rootTicks - ReadDistance(ref rest);
                child.UpdatedVersion = ReadVersion(ref rest);
                child.Writer = ReadWriter(ref rest, writers);
                ApplyChildren(child, rootTicks, ref rest, writers);
            }
        }
    }

    private static WriterTable? ReadTable(ref ReadOnlySpan<byte> rest)
    {
        if (rest is not [Form or FormWithWriters, ..])
        {
            throw Damaged();
        }

        var hasWriters = rest[0] == FormWithWriters;
        rest = rest[1..];
        return hasWriters ? WriterTable.Read(ref rest) : null;
    }

    private static TwinWriter? ReadWriter(ref ReadOnlySpan<byte> rest, WriterTable? writers) => writers?.At(ReadVersion(ref rest));

    private static long ReadDistance(ref ReadOnlySpan<byte> rest)
    {
        var value = (ulong)ReadVersion(ref rest);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private static long ReadVersion(ref ReadOnlySpan<byte> rest) => Varint.TryRead(ref rest, out var value) ? (long)value : throw Damaged();

    private static void Put(IBufferWriter<byte> target, ulong value) => target.Advance(Varint.Write(target.GetSpan(Varint.MaxBytes), value));

    internal static InvalidDataException Damaged() => new("The metadata of a twin section does not fit its properties, or a newer program wrote it.");
}
