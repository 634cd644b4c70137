namespace Nave.Api;

/// <summary>A bulk call over groups: 1 to 10 of them.</summary>
public sealed record BulkEnrollmentGroupOperation
{
    /// <summary>Gets what to do.</summary>
    public BulkEnrollmentMode? Mode { get; init; }

    /// <summary>Gets the groups.</summary>
    public IReadOnlyList<EnrollmentGroup>? EnrollmentGroups { get; init; }
}
