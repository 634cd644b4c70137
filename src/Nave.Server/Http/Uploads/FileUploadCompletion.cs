namespace Nave.Server.Http.Uploads;

/// <summary>What a device tells of an upload (wire facts 10.7).</summary>
internal sealed record FileUploadCompletion
{
    /// <summary>Gets the upload, unless the path names it.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Gets whether the file is there.</summary>
    public bool? IsSuccess { get; init; }
}
