namespace Nave.Api;

/// <summary>What became of a bulk call. Each enrollment is applied on its own.</summary>
public sealed record BulkEnrollmentOperationResult
{
    /// <summary>Gets a value indicating whether all were applied.</summary>
    public bool IsSuccessful { get; init; }

    /// <summary>Gets those that were not.</summary>
    public IReadOnlyList<BulkEnrollmentOperationError> Errors { get; init; } = [];
}
