namespace Nave.Api;

/// <summary>By which key a device proved itself.</summary>
public sealed record SymmetricKeyRegistrationResult
{
    /// <summary>Gets the group, or <see langword="null"/>.</summary>
    public string? EnrollmentGroupId { get; init; }
}
