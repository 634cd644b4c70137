namespace Nave.Server.Http.Uploads;

/// <summary>What a device asks for: a place for a file (wire facts 10.6).</summary>
internal sealed record FileUploadRequest
{
    public string? BlobName { get; init; }
}
