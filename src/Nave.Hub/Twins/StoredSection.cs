using System.Buffers;
using System.Text.Json;

namespace Nave.Hub.Twins;

/// <summary>Desired or reported properties, as they are stored.</summary>
/// <param name="Version">The section's <c>$version</c>, from 1.</param>
/// <param name="Json">The properties: one JSON object without white space, <c>$version</c> or <c>$metadata</c>.</param>
/// <param name="Metadata">What <see cref="TwinMetadata"/> makes.</param>
internal readonly record struct StoredSection(long Version, ReadOnlyMemory<byte> Json, ReadOnlyMemory<byte> Metadata)
{
    // A section is at most some 64 KiB of JSON, so that is the most that stays with a thread.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_scratch;

    /// <summary>Parses stored JSON.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static TwinNode ParseJson(ReadOnlyMemory<byte> json)
    {
        try
        {
            return TwinJson.Parse(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException("A section of a stored twin is no JSON object: it is damaged.", e);
        }
    }

    /// <summary>Parses properties and metadata into a tree that may be changed.</summary>
    /// <exception cref="InvalidDataException">They are damaged, or do not fit together.</exception>
    public TwinNode ToTree()
    {
        var root = ParseJson(Json);
        TwinMetadata.Apply(root, Metadata.Span);
        return root;
    }

    /// <summary>Makes a section of a tree.</summary>
    public static StoredSection From(TwinNode root, long version)
    {
        var scratch = s_scratch ??= new ArrayBufferWriter<byte>(4096);
        scratch.ResetWrittenCount();
        TwinJson.Write(scratch, root);
        var json = scratch.WrittenSpan.ToArray();
        scratch.ResetWrittenCount();
        TwinMetadata.Encode(scratch, root);
        return new StoredSection(version, json, scratch.WrittenSpan.ToArray());
    }

    /// <summary>Makes the section of a new twin.</summary>
    public static StoredSection New(long utcTicks)
    {
        var root = new TwinNode(default(ReadOnlyMemory<byte>)) { UpdatedTicks = utcTicks };
        return From(root, version: 1);
    }
}
