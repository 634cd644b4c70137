using System.Security.Cryptography.X509Certificates;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>An attestation that was checked, with its keys and certificates decoded.</summary>
/// <param name="Wire">The wire's form as it is stored: without keys.</param>
internal sealed record BuiltAttestation(AttestationMechanism Wire)
{
    public byte[] PrimaryKey { get; init; } = [];

    public byte[] SecondaryKey { get; init; } = [];

    public IReadOnlyList<X509Certificate2> Certificates { get; init; } = [];

    /// <summary>Returns the type's name: keys never reach a log.</summary>
    public override string ToString() => nameof(BuiltAttestation);
}
