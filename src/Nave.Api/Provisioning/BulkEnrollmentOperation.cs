namespace Nave.Api;

/// <summary>A bulk call over individual enrollments: 1 to 10 of them.</summary>
public sealed record BulkEnrollmentOperation
{
    /// <summary>Gets what to do.</summary>
    public BulkEnrollmentMode? Mode { get; init; }

    /// <summary>Gets the enrollments.</summary>
    public IReadOnlyList<IndividualEnrollment>? Enrollments { get; init; }
}
