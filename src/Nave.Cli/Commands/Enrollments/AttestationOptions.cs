using System.CommandLine;
using System.Text;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>How devices prove themselves to device provisioning: options of <c>create</c> and <c>update</c>.</summary>
internal sealed class AttestationOptions(bool isGroup)
{
    private readonly Option<string?> _primaryKey = new("--primary-key") { Description = "The first symmetric key. Default: the service makes one.", HelpName = "BASE64" };
    private readonly Option<string?> _secondaryKey = new("--secondary-key") { Description = "The second symmetric key. Default: the service makes one.", HelpName = "BASE64" };
    private readonly Option<string?> _certificate = new("--certificate")
    {
        Description = isGroup ? "A PEM or DER file with the certificate, root or intermediate, that signs the devices'." : "A PEM or DER file with the device's certificate.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _secondaryCertificate = new("--secondary-certificate") { Description = "The certificate that is good too: for a roll-over.", HelpName = "FILE" };
    private readonly Option<string?> _authority = new("--ca-reference") { Description = "The name of a verified authority (nave certificates --dps) that signs the devices' certificates.", HelpName = "NAME" };
    private readonly Option<string?> _secondaryAuthority = new("--secondary-ca-reference") { Description = "The authority that is good too.", HelpName = "NAME" };
    private readonly Option<string?> _endorsementKey = new("--endorsement-key") { Description = "The device's TPM: its endorsement key.", HelpName = "BASE64" };
    private readonly Option<string?> _storageRootKey = new("--storage-root-key") { Description = "The TPM's storage root key. Default the one that the device sends.", HelpName = "BASE64" };

    public void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[_primaryKey, _secondaryKey, _certificate, _secondaryCertificate, _authority, _secondaryAuthority])
        {
            command.Add(option);
        }

        if (!isGroup)
        {
            command.Add(_endorsementKey);
            command.Add(_storageRootKey);
        }
    }

    /// <summary>Reads what was asked for; <see langword="null"/> if nothing was.</summary>
    /// <exception cref="CliException">The options contradict each other.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public async Task<AttestationMechanism?> ReadAsync(ClientCall call, CliConsole console, CancellationToken cancellationToken)
    {
        Check(call);
        if (call.Get(_endorsementKey) is { } endorsementKey)
        {
            return new AttestationMechanism
            {
                Type = AttestationType.Tpm, Tpm = new TpmAttestation { EndorsementKey = endorsementKey, StorageRootKey = call.Get(_storageRootKey) },
            };
        }

        if (call.Get(_authority) is { } authority)
        {
            return X509(new X509Attestation { CaReferences = new X509CAReferences { Primary = authority, Secondary = call.Get(_secondaryAuthority) } });
        }

        if (call.Get(_certificate) is { } file)
        {
            var certificates = new X509Certificates
            {
                Primary = await ReadCertificateAsync(file, console, cancellationToken),
                Secondary = call.Get(_secondaryCertificate) is { } second ? await ReadCertificateAsync(second, console, cancellationToken) : null,
            };
            return X509(isGroup ? new X509Attestation { SigningCertificates = certificates } : new X509Attestation { ClientCertificates = certificates });
        }

        return call.Get(_primaryKey) is null && call.Get(_secondaryKey) is null ? null : new AttestationMechanism
        {
            Type = AttestationType.SymmetricKey,
            SymmetricKey = new SymmetricKeyAttestation { PrimaryKey = call.Get(_primaryKey), SecondaryKey = call.Get(_secondaryKey) },
        };
    }

    /// <summary>What devices prove themselves with if nothing was asked for: keys that the service makes.</summary>
    public static AttestationMechanism Default { get; } = new() { Type = AttestationType.SymmetricKey, SymmetricKey = new SymmetricKeyAttestation() };

    private static AttestationMechanism X509(X509Attestation attestation) => new() { Type = AttestationType.X509, X509 = attestation };

    // PEM as it stands, DER as base64 (wire facts 18.8).
    private static async Task<X509CertificateWithInfo> ReadCertificateAsync(string file, CliConsole console, CancellationToken cancellationToken)
    {
        var bytes = await InputText.ReadAsync(file is "-" || file.StartsWith('@') ? file : "@" + file, console, cancellationToken);
        return new X509CertificateWithInfo
        {
            Certificate = bytes.AsSpan().IndexOf("-----BEGIN"u8) >= 0 ? Encoding.UTF8.GetString(bytes) : Convert.ToBase64String(bytes),
        };
    }

    private void Check(ClientCall call)
    {
        if ((call.Get(_primaryKey) is null) != (call.Get(_secondaryKey) is null))
        {
            throw new CliException("--primary-key and --secondary-key go together: give both, or none.", ExitCodes.Usage);
        }

        var kinds = ((Option<string?>[])[_primaryKey, _certificate, _authority, _endorsementKey]).Where(option => call.Get(option) is not null).ToArray();
        if (kinds.Length > 1)
        {
            throw new CliException($"{string.Join(" and ", kinds.Select(option => option.Name))} are given; devices prove themselves in one way.", ExitCodes.Usage);
        }

        foreach (var (second, first) in ((Option<string?>, Option<string?>)[])[
            (_secondaryCertificate, _certificate), (_secondaryAuthority, _authority), (_storageRootKey, _endorsementKey)])
        {
            if (call.Get(second) is not null && call.Get(first) is null)
            {
                throw new CliException($"{second.Name} needs {first.Name}.", ExitCodes.Usage);
            }
        }
    }
}
