using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Nave.Hub.Hosting;

namespace Nave.Server.Tls;

/// <summary>The certificate that every TLS port shows, renewed or read again before it ends.</summary>
public sealed partial class ServerCertificates : IDisposable
{
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromHours(1);
    private static readonly string[] s_localNames = ["localhost", "127.0.0.1", "::1"];
    private readonly TlsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<ServerCertificates> _logger;
    private readonly DevelopmentAuthority? _authority;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _names = new(s_localNames, StringComparer.OrdinalIgnoreCase);
    private volatile SslStreamCertificateContext _current;
    private DateTime _fileTime;

    /// <summary>Opens the certificate, or makes it.</summary>
    /// <param name="options">Which.</param>
    /// <param name="hostNames">Names that a certificate of the development CA must cover.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of renewals.</param>
    /// <exception cref="InvalidOperationException">The certificate file cannot be used; the message says why.</exception>
    public ServerCertificates(TlsOptions options, IEnumerable<string> hostNames, TimeProvider time, ILogger<ServerCertificates> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        if (options.CertificateFile is null)
        {
            _names.UnionWith(hostNames);
            _authority = DevelopmentAuthority.Open(options.Folder, options.Lifetime, time);
            _current = OpenIssued() ?? Issue();
        }
        else
        {
            _current = LoadOwn();
        }

        _timer = time.CreateTimer(_ => Check(), null, s_checkInterval, s_checkInterval);
    }

    /// <summary>Gets the PEM file of the CA to trust; <see langword="null"/> with a certificate of your own.</summary>
    public string? CaFile => _authority?.CertificateFile;

    /// <summary>Gets the certificate for the next handshake.</summary>
    public SslStreamCertificateContext Current => _current;

    private string IssuedCertificateFile => Path.Combine(_options.Folder, "server.pem");

    private string IssuedKeyFile => Path.Combine(_options.Folder, "server.key");

    /// <summary>Makes sure that the development certificate covers a name; does nothing with a certificate of your own.</summary>
    public void Cover(string hostName)
    {
        lock (_lock)
        {
            if (_authority is not null && _names.Add(hostName))
            {
                _current = Issue();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _authority?.Dispose();
    }

    // Runs every hour: renews what ends soon, reads again what its owner has replaced.
    private void Check()
    {
        lock (_lock)
        {
            try
            {
                if (_authority is null)
                {
                    if (File.GetLastWriteTimeUtc(_options.CertificateFile!) != _fileTime)
                    {
                        _current = LoadOwn();
                        Log.Reloaded(_logger, _options.CertificateFile!, _current.TargetCertificate.NotAfter);
                    }
                }
                else if (EndsSoon(_current.TargetCertificate))
                {
                    _current = Issue();
                }
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
            {
                // The one in use goes on; the next hour tries again.
                Log.RenewalFailed(_logger, e);
            }
        }
    }

    private SslStreamCertificateContext? OpenIssued()
    {
        if (!File.Exists(IssuedCertificateFile) || !File.Exists(IssuedKeyFile))
        {
            return null;
        }

        var certificate = X509Certificate2.CreateFromPemFile(IssuedCertificateFile, IssuedKeyFile);
        using var authority = _authority!.Certificate;
        var covered = certificate.Issuer == authority.Subject && SignedBy(certificate, authority)
            && _names.All(name => certificate.MatchesHostname(name, allowCommonName: false));
        return covered && !EndsSoon(certificate) ? Context(certificate, []) : null;
    }

    private static bool SignedBy(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate);
    }

    private SslStreamCertificateContext Issue()
    {
        var certificate = _authority!.Issue(_names, _options.Lifetime);
        using var key = certificate.GetECDsaPrivateKey()!;
        DurableFile.WriteText(IssuedKeyFile, key.ExportPkcs8PrivateKeyPem());
        DurableFile.WriteText(IssuedCertificateFile, certificate.ExportCertificatePem(), worldReadable: true);
        Log.Issued(_logger, string.Join(", ", _names), certificate.NotAfter);
        return Context(certificate, []);
    }

    private SslStreamCertificateContext LoadOwn()
    {
        var file = _options.CertificateFile!;
        try
        {
            _fileTime = File.GetLastWriteTimeUtc(file);
            var certificate = X509Certificate2.CreateFromPemFile(file, _options.KeyFile ?? file);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            return Context(certificate, chain);
        }
        catch (Exception e) when (e is IOException or System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw new InvalidOperationException($"The server certificate '{file}' cannot be used: {e.Message}", e);
        }
    }

    // Offline: no intermediate is fetched and no OCSP responder asked while a client waits.
    private static SslStreamCertificateContext Context(X509Certificate2 certificate, X509Certificate2Collection chain) =>
        SslStreamCertificateContext.Create(certificate, chain, offline: true);

    private bool EndsSoon(X509Certificate2 certificate) =>
        certificate.NotAfter.ToUniversalTime() - _time.GetUtcNow().UtcDateTime < _options.RenewBefore;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The development CA has issued a server certificate for {Names}, good until {End:u}.")]
        public static partial void Issued(ILogger logger, string names, DateTime end);

        [LoggerMessage(2, LogLevel.Information, "The server certificate '{File}' was read again; it is good until {End:u}.")]
        public static partial void Reloaded(ILogger logger, string file, DateTime end);

        [LoggerMessage(3, LogLevel.Error, "The server certificate could not be renewed; the present one stays in use.")]
        public static partial void RenewalFailed(ILogger logger, Exception exception);
    }
}
