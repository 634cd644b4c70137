using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class CertificateCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task An_authority_is_added_verified_and_deleted()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = Authority(key);
        var file = folder.File("ca.pem");
        await File.WriteAllTextAsync(file, authority.ExportCertificatePem(), TestContext.Current.CancellationToken);

        var added = (await hub.RunAsync("certificates", "add", "mine", file, "-o", "json")).Ok().Json[0];
        Assert.False(added.GetProperty("isVerified").GetBoolean());
        var code = added.GetProperty("verificationCode").GetString()!;
        Assert.Equal(code, (await hub.RunAsync("certificates", "show", "mine", "-o", "json")).Ok().Json[0].GetProperty("verificationCode").GetString());

        var wrong = folder.File("wrong.pem");
        await File.WriteAllTextAsync(wrong, Signed(authority, "another").ExportCertificatePem(), TestContext.Current.CancellationToken);
        Assert.Equal(1, (await hub.RunAsync("certificates", "verify", "mine", wrong)).ExitCode);
        var proof = folder.File("proof.der");
        await File.WriteAllBytesAsync(proof, Signed(authority, code).RawData, TestContext.Current.CancellationToken);
        Assert.True((await hub.RunAsync("certificates", "verify", "mine", proof, "-o", "json")).Ok().Json[0].GetProperty("isVerified").GetBoolean());

        Assert.Contains("CN=authority", (await hub.RunAsync("certificates", "list")).Ok().Output, StringComparison.Ordinal);
        Assert.Equal("""{"name":"mine","deleted":true}""", Assert.Single((await hub.RunAsync("certificates", "delete", "mine", "-o", "json")).Ok().Lines));
        Assert.Equal(1, (await hub.RunAsync("certificates", "show", "mine")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("certificates", "delete", "mine")).ExitCode);
    }

    [Fact]
    public async Task What_is_vouched_for_counts_at_once_and_what_is_no_certificate_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = Authority(key);
        var file = folder.File("ca.der");
        await File.WriteAllBytesAsync(file, authority.RawData, TestContext.Current.CancellationToken);
        Assert.True((await hub.RunAsync("certificates", "add", "vouched", file, "--verified", "-o", "json")).Ok().Json[0].GetProperty("isVerified").GetBoolean());
        Assert.Equal(1, (await hub.RunAsync("certificates", "add", "vouched", file)).ExitCode);

        await File.WriteAllTextAsync(file, "nothing", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await hub.RunAsync("certificates", "add", "none", file)).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("certificates", "add", "none", folder.File("missing.pem"))).ExitCode);
    }

    private static X509Certificate2 Authority(ECDsa key)
    {
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static X509Certificate2 Signed(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.Create(authority, now.AddHours(-1), now.AddHours(1), RandomNumberGenerator.GetBytes(8));
    }
}
