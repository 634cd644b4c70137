using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>The body of a register call. Every field may be missing. Wire facts 17.1.5.</summary>
public sealed record DeviceRegistrationRequest
{
    /// <summary>Gets the registration id, which must be the one that the device proved to be.</summary>
    public string? RegistrationId { get; init; }

    /// <summary>Gets the TPM's public keys.</summary>
    public TpmAttestation? Tpm { get; init; }

    /// <summary>Gets what the allocation webhook is told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Payload { get; init; }
}
