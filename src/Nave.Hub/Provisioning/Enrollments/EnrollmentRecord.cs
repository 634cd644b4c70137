using System.Security.Cryptography.X509Certificates;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>An enrollment as the service works with it: keys and certificates decoded. Immutable, shared.</summary>
internal sealed record EnrollmentRecord
{
    public required EnrollmentKind Kind { get; init; }

    /// <summary>Gets the registration id or the group's id, as it was given.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the enrollment in the wire's form, without symmetric keys; certificates are in it.</summary>
    public required Enrollment Wire { get; init; }

    /// <summary>Gets the first symmetric key; empty unless the attestation is one.</summary>
    public byte[] PrimaryKey { get; init; } = [];

    public byte[] SecondaryKey { get; init; } = [];

    /// <summary>Gets the certificates of an X.509 attestation that were given themselves: client or signing certificates.</summary>
    public IReadOnlyList<X509Certificate2> Certificates { get; init; } = [];

    /// <summary>Gets the version of the document it was read from; 0 before it is stored.</summary>
    public long Version { get; init; }

    public bool IsGroup => Kind == EnrollmentKind.Group;

    public string Etag => Wire.Etag ?? "";

    public AttestationType Attestation => Wire.Attestation?.Type ?? AttestationType.None;

    public bool IsEnabled => Wire.ProvisioningStatus != ProvisioningStatus.Disabled;

    /// <summary>Gets the device id that an individual enrollment asks for, or <see langword="null"/>.</summary>
    public string? DeviceId => (Wire as IndividualEnrollment)?.DeviceId;

    /// <summary>Returns the id: keys never reach a log.</summary>
    public override string ToString() => Id;
}
