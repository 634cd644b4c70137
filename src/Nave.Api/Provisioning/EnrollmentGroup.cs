using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>The enrollment of many devices by one key or certificate.</summary>
public sealed record EnrollmentGroup : Enrollment
{
    /// <summary>Gets the group's id; <see langword="null"/> when a request body leaves it to the path.</summary>
    [JsonPropertyOrder(-1)]
    public string? EnrollmentGroupId { get; init; }
}
