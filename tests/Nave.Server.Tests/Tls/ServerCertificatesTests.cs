using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Server.Tls;

namespace Nave.Server.Tests.Tls;

public sealed class ServerCertificatesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nave-tls-").FullName;
    private readonly ShiftedTime _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_first_start_makes_a_CA_and_a_certificate_that_covers_the_hub_and_localhost()
    {
        using var certificates = Open("hub.test");
        var leaf = certificates.Current.TargetCertificate;
        Assert.True(leaf.MatchesHostname("hub.test"));
        Assert.True(leaf.MatchesHostname("localhost"));
        Assert.True(leaf.MatchesHostname("127.0.0.1"));
        Assert.False(leaf.MatchesHostname("other.test"));
        AssertTrusted(certificates.CaFile!, leaf);
    }

    [Fact]
    public void Keys_are_readable_by_their_owner_only()
    {
        using var certificates = Open("hub.test");
        foreach (var key in Directory.GetFiles(_folder, "*.key"))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        }
    }

    [Fact]
    public void A_second_start_shows_the_same_certificate()
    {
        string first;
        using (var certificates = Open("hub.test"))
        {
            first = certificates.Current.TargetCertificate.Thumbprint;
        }

        using var again = Open("hub.test");
        Assert.Equal(first, again.Current.TargetCertificate.Thumbprint);
    }

    [Fact]
    public void A_new_hub_gets_covered_under_the_same_CA()
    {
        using var certificates = Open("hub.test");
        var authority = File.ReadAllText(certificates.CaFile!);
        certificates.Cover("second.test");
        Assert.True(certificates.Current.TargetCertificate.MatchesHostname("second.test"));
        Assert.True(certificates.Current.TargetCertificate.MatchesHostname("hub.test"));
        Assert.Equal(authority, File.ReadAllText(certificates.CaFile!));
    }

    [Fact]
    public void A_certificate_near_its_end_is_renewed_at_start()
    {
        string first;
        using (var certificates = Open("hub.test"))
        {
            first = certificates.Current.TargetCertificate.Thumbprint;
        }

        _time.Shift = TimeSpan.FromDays(61);
        using var renewed = Open("hub.test");
        Assert.NotEqual(first, renewed.Current.TargetCertificate.Thumbprint);
        AssertTrusted(renewed.CaFile!, renewed.Current.TargetCertificate);
    }

    [Fact]
    public void A_certificate_of_ones_own_is_shown_as_it_is()
    {
        using var issued = Open("own.test");
        var options = new TlsOptions
        {
            Folder = Path.Combine(_folder, "unused"),
            CertificateFile = Path.Combine(_folder, "server.pem"),
            KeyFile = Path.Combine(_folder, "server.key"),
        };
        using var own = new ServerCertificates(options, ["hub.test"], _time, NullLogger<ServerCertificates>.Instance);
        Assert.Equal(issued.Current.TargetCertificate.Thumbprint, own.Current.TargetCertificate.Thumbprint);
        Assert.Null(own.CaFile);
    }

    [Fact]
    public void A_certificate_file_that_is_not_one_is_refused_by_name()
    {
        var file = Path.Combine(_folder, "nonsense.pem");
        File.WriteAllText(file, "nonsense");
        var options = new TlsOptions { Folder = _folder, CertificateFile = file };
        var error = Assert.Throws<InvalidOperationException>(
            () => new ServerCertificates(options, [], _time, NullLogger<ServerCertificates>.Instance));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    private ServerCertificates Open(string hostName) =>
        new(new TlsOptions { Folder = _folder }, [hostName], _time, NullLogger<ServerCertificates>.Instance);

    private static void AssertTrusted(string caFile, X509Certificate2 leaf)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(caFile);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        Assert.True(chain.Build(leaf));
    }

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
