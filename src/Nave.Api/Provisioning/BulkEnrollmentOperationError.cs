namespace Nave.Api;

/// <summary>What became of one enrollment of a bulk call that was not applied.</summary>
public sealed record BulkEnrollmentOperationError
{
    /// <summary>Gets the registration id; <see langword="null"/> for a group.</summary>
    public string? RegistrationId { get; init; }

    /// <summary>Gets the group's id; <see langword="null"/> for an individual enrollment.</summary>
    public string? EnrollmentGroupId { get; init; }

    /// <summary>Gets the code, such as 409201.</summary>
    public int ErrorCode { get; init; }

    /// <summary>Gets the failure in words.</summary>
    public string? ErrorStatus { get; init; }
}
