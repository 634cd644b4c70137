using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>Where the registration of a device stands, as device and service see it. Wire facts 17.1.7.</summary>
public sealed record DeviceRegistrationState
{
    /// <summary>Gets the registration id.</summary>
    public string? RegistrationId { get; init; }

    /// <summary>Gets when the device registered first.</summary>
    public DateTimeOffset? CreatedDateTimeUtc { get; init; }

    /// <summary>Gets the host name of the hub that the device is assigned to.</summary>
    public string? AssignedHub { get; init; }

    /// <summary>Gets the device id in that hub.</summary>
    public string? DeviceId { get; init; }

    /// <summary>Gets the status.</summary>
    public RegistrationStatus? Status { get; init; }

    /// <summary>Gets what the assignment did with the device's data.</summary>
    public RegistrationSubstatus? Substatus { get; init; }

    /// <summary>Gets the code of the failure, such as 400207.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>Gets the failure in words.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>Gets when the state changed last.</summary>
    public DateTimeOffset? LastUpdatedDateTimeUtc { get; init; }

    /// <summary>Gets the etag, without quotes.</summary>
    public string? Etag { get; init; }

    /// <summary>Gets what the allocation webhook wants the device to have.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Payload { get; init; }

    /// <summary>Gets what a TPM device needs; towards the device only.</summary>
    public TpmRegistrationResult? Tpm { get; init; }

    /// <summary>Gets by which certificate it proved itself.</summary>
    public X509RegistrationResult? X509 { get; init; }

    /// <summary>Gets by which key it proved itself.</summary>
    public SymmetricKeyRegistrationResult? SymmetricKey { get; init; }
}
