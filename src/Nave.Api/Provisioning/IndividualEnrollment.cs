using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>The enrollment of one device.</summary>
public sealed record IndividualEnrollment : Enrollment
{
    /// <summary>Gets the registration id; <see langword="null"/> when a request body leaves it to the path.</summary>
    [JsonPropertyOrder(-3)]
    public string? RegistrationId { get; init; }

    /// <summary>Gets the device id in the hub; <see langword="null"/> = the registration id.</summary>
    [JsonPropertyOrder(-2)]
    public string? DeviceId { get; init; }

    /// <summary>Gets where the device's registration stands; in a request it is ignored.</summary>
    [JsonPropertyOrder(-1)]
    public DeviceRegistrationState? RegistrationState { get; init; }
}
