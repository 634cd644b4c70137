using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Hub.Hosting;

namespace Nave.Server.Tls;

/// <summary>The development CA: made at first start, trusted by hand, never by default.</summary>
internal sealed class DevelopmentAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan s_authorityLifetime = TimeSpan.FromDays(3650);

    // Clients' clocks may be a little behind ours.
    private static readonly TimeSpan s_backdate = TimeSpan.FromHours(1);
    private readonly X509Certificate2 _authority;
    private readonly TimeProvider _time;

    private DevelopmentAuthority(X509Certificate2 authority, string file, TimeProvider time)
    {
        _authority = authority;
        CertificateFile = file;
        _time = time;
    }

    /// <summary>Gets the PEM file that clients are to trust.</summary>
    public string CertificateFile { get; }

    /// <summary>Gets the CA's certificate, without its key.</summary>
    public X509Certificate2 Certificate => X509CertificateLoader.LoadCertificate(_authority.RawData);

    /// <summary>Opens the CA of a folder, or makes one if there is none or its end is near.</summary>
    public static DevelopmentAuthority Open(string folder, TimeSpan renewBefore, TimeProvider time)
    {
        var certificateFile = Path.Combine(folder, "ca.pem");
        var keyFile = Path.Combine(folder, "ca.key");
        if (File.Exists(certificateFile) && File.Exists(keyFile))
        {
            var existing = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            if (existing.NotAfter.ToUniversalTime() > time.GetUtcNow().UtcDateTime + renewBefore)
            {
                return new DevelopmentAuthority(existing, certificateFile, time);
            }

            existing.Dispose();
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Nave development CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = time.GetUtcNow();
        var authority = request.CreateSelfSigned(now - s_backdate, now + s_authorityLifetime);

        // The key first: a certificate without its key would be taken for a complete pair by a reader of the folder.
        DurableFile.WriteText(keyFile, key.ExportPkcs8PrivateKeyPem());
        DurableFile.WriteText(certificateFile, authority.ExportCertificatePem(), worldReadable: true);
        return new DevelopmentAuthority(authority, certificateFile, time);
    }

    /// <summary>Issues a server certificate for host names and addresses.</summary>
    public X509Certificate2 Issue(IReadOnlyCollection<string> names, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Nave", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, true, false));
        request.CertificateExtensions.Add(AlternativeNames(names));
        var now = _time.GetUtcNow();
        var end = now + lifetime;
        if (end > _authority.NotAfter)
        {
            end = _authority.NotAfter;
        }

        using var issued = request.Create(_authority, now - s_backdate, end, RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    /// <inheritdoc/>
    public void Dispose() => _authority.Dispose();

    private static X509Extension AlternativeNames(IReadOnlyCollection<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return builder.Build();
    }
}
