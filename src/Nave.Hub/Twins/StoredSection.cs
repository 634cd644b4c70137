using System.Buffers;

namespace Nave.Hub.Twins;

/// <summary>Desired or reported properties, as they are stored.</summary>
/// <param name="Version">The section's <c>$version</c>, from 1.</param>
/// <param name="Json">The properties: one JSON object without white space, <c>$version</c> or <c>$metadata</c>.</param>
/// <param name="Metadata">What <see cref="TwinMetadata"/> makes.</param>
internal readonly record struct StoredSection(long Version, ReadOnlyMemory<byte> Json, ReadOnlyMemory<byte> Metadata)
{
    /// <summary>Parses properties and metadata into a tree that may be changed.</summary>
    public TwinNode ToTree()
    {
        var root = TwinJson.Parse(Json);
        TwinMetadata.Apply(root, Metadata.Span);
        return root;
    }

    /// <summary>Makes a section of a tree.</summary>
    public static StoredSection From(TwinNode root, long version)
    {
        var json = new ArrayBufferWriter<byte>(512);
        TwinJson.Write(json, root);
        var metadata = new ArrayBufferWriter<byte>(128);
        TwinMetadata.Encode(metadata, root);
        return new StoredSection(version, json.WrittenMemory, metadata.WrittenMemory);
    }

    /// <summary>Makes the section of a new twin.</summary>
    public static StoredSection New(long utcTicks)
    {
        var root = new TwinNode(default(ReadOnlyMemory<byte>)) { UpdatedTicks = utcTicks };
        return From(root, version: 1);
    }
}
