using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>The registration of one device as the service works with it. Immutable.</summary>
internal sealed record RegistrationRecord
{
    /// <summary>Gets the registration id, as the device spelled it first.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the group that let the device in, or <see langword="null"/>.</summary>
    public string? GroupId { get; init; }

    /// <summary>Gets how the device proved itself.</summary>
    public AttestationType Attestation { get; init; }

    public required RegistrationStatus Status { get; init; }

    public RegistrationSubstatus? Substatus { get; init; }

    public required string Etag { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Updated { get; init; }

    /// <summary>Gets the last operation.</summary>
    public required string OperationId { get; init; }

    /// <summary>Gets the hub that has the device's identity, also while a later operation runs or has failed; <see langword="null"/> if none has.</summary>
    public string? AssignedHub { get; init; }

    /// <summary>Gets the device id in that hub.</summary>
    public string? DeviceId { get; init; }

    public HubErrorCode ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>Gets what the webhook wants the device to have.</summary>
    public RawJson Payload { get; init; }

    /// <summary>Gets the hub's key, wrapped for the device's TPM, or <see langword="null"/>.</summary>
    public byte[]? TpmKey { get; init; }

    public X509RegistrationResult? X509 { get; init; }

    /// <summary>Gets what the device sent with an operation that is not done: by it the operation goes on after a restart.</summary>
    public RawJson PendingPayload { get; init; }

    /// <summary>Gets the hub from which the identity is still to be removed, or <see langword="null"/>.</summary>
    public string? LeavingHub { get; init; }

    /// <summary>Gets the device id in that hub.</summary>
    public string? LeavingDeviceId { get; init; }

    /// <summary>Gets the state as the device sees it.</summary>
    public DeviceRegistrationState ToDeviceState() => ToServiceState() with
    {
        Tpm = TpmKey is null || Status != RegistrationStatus.Assigned ? null : new TpmRegistrationResult { AuthenticationKey = Convert.ToBase64String(TpmKey) },
        X509 = X509,
        SymmetricKey = Attestation == AttestationType.SymmetricKey ? new SymmetricKeyRegistrationResult { EnrollmentGroupId = GroupId } : null,
        Payload = Payload,
    };

    /// <summary>Gets the state as the service side sees it.</summary>
    public DeviceRegistrationState ToServiceState()
    {
        var isAssigned = Status == RegistrationStatus.Assigned;
        return new DeviceRegistrationState
        {
            RegistrationId = Id,
            CreatedDateTimeUtc = Created,
            AssignedHub = isAssigned ? AssignedHub : null,
            DeviceId = isAssigned ? DeviceId : null,
            Status = Status,
            Substatus = isAssigned ? Substatus : null,
            ErrorCode = ErrorCode == HubErrorCode.None ? null : (int)ErrorCode,
            ErrorMessage = ErrorMessage,
            LastUpdatedDateTimeUtc = Updated,
            Etag = Etag,
        };
    }

    /// <summary>Makes the answer to the device.</summary>
    public RegistrationProgress ToProgress() => new(new RegistrationOperationStatus
    {
        OperationId = OperationId,
        Status = Status,
        RegistrationState = Status == RegistrationStatus.Assigning ? null : ToDeviceState(),
    });
}
