namespace Nave.Hub.Uploads;

/// <summary>An upload that is under way, as it is stored (docs/formats/file-upload.md).</summary>
public sealed record UploadRecord
{
    /// <summary>Gets the device.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets the blob's whole name.</summary>
    public required string BlobName { get; init; }

    /// <summary>Gets when it ends.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>Gets the host name, with a port, by which the device asked: where the hub serves the file.</summary>
    public required string Host { get; init; }
}
