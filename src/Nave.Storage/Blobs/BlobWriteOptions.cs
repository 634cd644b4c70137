namespace Nave.Storage.Blobs;

/// <summary>How a blob is written.</summary>
public sealed record BlobWriteOptions
{
    /// <summary>Gets the usual: bytes, which replace what is there.</summary>
    public static BlobWriteOptions Default { get; } = new();

    /// <summary>Gets the media type that readers over HTTP are told. A folder does not keep it.</summary>
    public string ContentType { get; init; } = "application/octet-stream";

    /// <summary>Gets a value indicating whether the commit fails with <see cref="BlobError.Exists"/> if a blob of that name is there.</summary>
    public bool OnlyIfAbsent { get; init; }
}
