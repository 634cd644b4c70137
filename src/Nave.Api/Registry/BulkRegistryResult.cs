namespace Nave.Api;

/// <summary>The outcome of a bulk registry call.</summary>
public sealed record BulkRegistryResult
{
    /// <summary>Gets a value indicating whether every line succeeded.</summary>
    public required bool IsSuccessful { get; init; }

    /// <summary>Gets the lines that failed.</summary>
    public IReadOnlyList<BulkRegistryError> Errors { get; init; } = [];

    /// <summary>Gets the lines that were done in part.</summary>
    public IReadOnlyList<BulkRegistryWarning> Warnings { get; init; } = [];
}
