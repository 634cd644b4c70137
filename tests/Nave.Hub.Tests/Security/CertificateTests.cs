using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Security;

namespace Nave.Hub.Tests.Security;

public sealed class CertificateTests : IAsyncLifetime
{
    private readonly SettableTime _time = new();
    private TestHub _test = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _test = await TestHub.OpenAsync(_time);

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_self_signed_certificate_is_known_by_either_thumbprint_of_either_hash()
    {
        using var first = SelfSigned("d1");
        using var second = SelfSigned("d1");
        using var third = SelfSigned("d1");
        await _test.CreateAsync("d1", authentication: new DeviceAuthentication
        {
            X509Thumbprint = new X509Thumbprints
            {
                PrimaryThumbprint = first.GetCertHashString(HashAlgorithmName.SHA1).ToLowerInvariant(),
                SecondaryThumbprint = second.GetCertHashString(HashAlgorithmName.SHA256),
            },
        });
        var principal = (await AuthenticateAsync("d1", first)).Value!;
        Assert.Null(principal.Expires);
        Assert.Equal("{\"scope\":\"device\",\"type\":\"x509\",\"issuer\":\"iothub\",\"acceptingIpFilterRule\":null}", principal.AuthMethod);
        Assert.True((await AuthenticateAsync("d1", second)).IsSuccess);
        var error = (await AuthenticateAsync("d1", third)).Error!;
        Assert.Equal(401, error.HttpStatus);
        Assert.StartsWith("Thumbprint does not match configuration: Thumbprint: SHA1Hash=", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_out_of_its_time_is_refused()
    {
        using var certificate = SelfSigned("d1");
        await _test.CreateAsync("d1", authentication: Thumbprint(certificate));
        _time.Offset = TimeSpan.FromDays(31);
        Assert.Equal(401, (await AuthenticateAsync("d1", certificate)).Error!.HttpStatus);
        _time.Offset = TimeSpan.FromDays(-2);
        Assert.Equal(401, (await AuthenticateAsync("d1", certificate)).Error!.HttpStatus);
    }

    [Fact]
    public async Task A_certificate_and_a_key_do_not_stand_in_for_each_other()
    {
        using var certificate = SelfSigned("d1");
        var withKey = await _test.CreateAsync("key");
        await _test.CreateAsync("certificate", authentication: Thumbprint(certificate));
        Assert.Equal(401, (await AuthenticateAsync("key", certificate)).Error!.HttpStatus);
        Assert.Equal(401, (await _test.AuthenticateAsync(new IdentityId("certificate"), _test.TokenOf(withKey))).Error!.HttpStatus);
        Assert.Equal(401, (await _test.Hub.Authenticator.AuthenticateDeviceAsync(withKey.Id, default, Cancellation)).Error!.HttpStatus);
    }

    [Fact]
    public async Task A_certificate_of_a_verified_authority_is_accepted_by_its_name()
    {
        using var authority = Authority("CN=Root");
        using var device = Signed("CN=d1", authority, isAuthority: false);
        using var module = Signed("CN=d1/m1", authority, isAuthority: false);
        await _test.CreateAsync("d1", authentication: ByAuthority);
        await _test.CreateAsync("d1", "m1", ByAuthority);
        await _test.CreateAsync("d2", authentication: ByAuthority);
        Assert.Equal(401, (await AuthenticateAsync("d1", device)).Error!.HttpStatus);

        Assert.True((await _test.Hub.Authenticator.Authorities.AddAsync("root", authority, isVerified: true, Cancellation)).IsSuccess);
        Assert.True((await AuthenticateAsync("d1", device)).IsSuccess);
        Assert.True((await AuthenticateAsync("d1", module, "m1")).IsSuccess);
        Assert.Equal(401, (await AuthenticateAsync("d2", device)).Error!.HttpStatus);
        Assert.Equal(401, (await AuthenticateAsync("d1", device, "m1")).Error!.HttpStatus);

        await _test.RestartAsync();
        Assert.True((await AuthenticateAsync("d1", device)).IsSuccess);
    }

    [Fact]
    public async Task A_chain_through_an_intermediate_leads_to_the_root_or_to_the_intermediate()
    {
        using var root = Authority("CN=Root");
        using var intermediate = Signed("CN=Intermediate", root, isAuthority: true);
        using var device = Signed("CN=d1", intermediate, isAuthority: false);
        await _test.CreateAsync("d1", authentication: ByAuthority);
        await _test.Hub.Authenticator.Authorities.AddAsync("root", root, isVerified: true, Cancellation);
        Assert.True((await AuthenticateAsync("d1", device, intermediates: [intermediate])).IsSuccess);
        Assert.Equal(401, (await AuthenticateAsync("d1", device)).Error!.HttpStatus);

        await _test.Hub.Authenticator.Authorities.RemoveAsync("root", Cancellation);
        Assert.Equal(401, (await AuthenticateAsync("d1", device, intermediates: [intermediate])).Error!.HttpStatus);
        await _test.Hub.Authenticator.Authorities.AddAsync("intermediate", intermediate, isVerified: true, Cancellation);
        Assert.True((await AuthenticateAsync("d1", device)).IsSuccess);
    }

    [Fact]
    public async Task An_authority_of_the_same_name_that_a_device_made_itself_is_refused()
    {
        using var authority = Authority("CN=Root");
        using var forged = Authority("CN=Root");
        using var device = Signed("CN=d1", forged, isAuthority: false);
        await _test.CreateAsync("d1", authentication: ByAuthority);
        await _test.Hub.Authenticator.Authorities.AddAsync("root", authority, isVerified: true, Cancellation);
        Assert.Equal(401, (await AuthenticateAsync("d1", device)).Error!.HttpStatus);
        Assert.Equal(401, (await AuthenticateAsync("d1", device, intermediates: [forged])).Error!.HttpStatus);
        Assert.Equal(401, (await AuthenticateAsync("d1", device, intermediates: [forged, authority])).Error!.HttpStatus);
    }

    [Fact]
    public async Task A_device_certificate_signs_no_others()
    {
        using var authority = Authority("CN=Root");
        using var device = Signed("CN=d1", authority, isAuthority: false);
        using var second = Signed("CN=d2", device, isAuthority: false);
        await _test.CreateAsync("d2", authentication: ByAuthority);
        await _test.Hub.Authenticator.Authorities.AddAsync("root", authority, isVerified: true, Cancellation);
        Assert.Equal(401, (await AuthenticateAsync("d2", second, intermediates: [device])).Error!.HttpStatus);
    }

    [Fact]
    public async Task An_authority_counts_once_its_key_was_proved()
    {
        using var authority = Authority("CN=Root");
        using var device = Signed("CN=d1", authority, isAuthority: false);
        await _test.CreateAsync("d1", authentication: ByAuthority);
        var authorities = _test.Hub.Authenticator.Authorities;
        var added = (await authorities.AddAsync("root", authority, isVerified: false, Cancellation)).Value!;
        Assert.False(added.IsVerified);
        Assert.Equal(401, (await AuthenticateAsync("d1", device)).Error!.HttpStatus);

        using var wrongCode = Signed("CN=wrong", authority, isAuthority: false);
        using var wrongSigner = SelfSigned(added.VerificationCode!);
        using var proof = Signed($"CN={added.VerificationCode}", authority, isAuthority: false);
        Assert.Equal(400, (await authorities.VerifyAsync("root", wrongCode, Cancellation)).Error!.HttpStatus);
        Assert.Equal(400, (await authorities.VerifyAsync("root", wrongSigner, Cancellation)).Error!.HttpStatus);
        Assert.Equal(404, (await authorities.VerifyAsync("nobody", proof, Cancellation)).Error!.HttpStatus);
        Assert.True((await authorities.VerifyAsync("root", proof, Cancellation)).Value!.IsVerified);
        Assert.True((await AuthenticateAsync("d1", device)).IsSuccess);
        Assert.True(Assert.Single(authorities.List()).IsVerified);
    }

    [Fact]
    public async Task Names_are_unique_and_a_certificate_of_no_authority_is_refused()
    {
        using var authority = Authority("CN=Root");
        using var device = SelfSigned("d1");
        var authorities = _test.Hub.Authenticator.Authorities;
        Assert.Equal(400, (await authorities.AddAsync("x", device, isVerified: true, Cancellation)).Error!.HttpStatus);
        Assert.Equal(400, (await authorities.AddAsync("", authority, isVerified: true, Cancellation)).Error!.HttpStatus);
        Assert.True((await authorities.AddAsync("root", authority, isVerified: true, Cancellation)).IsSuccess);
        Assert.Equal(409, (await authorities.AddAsync("root", authority, isVerified: true, Cancellation)).Error!.HttpStatus);
        Assert.Equal(404, (await authorities.RemoveAsync("nobody", Cancellation)).Error!.HttpStatus);
    }

    [Fact]
    public async Task Removing_an_authority_closes_the_connections_that_rest_on_it()
    {
        using var authority = Authority("CN=Root");
        using var device = Signed("CN=d1", authority, isAuthority: false);
        await _test.CreateAsync("d1", authentication: ByAuthority);
        await _test.Hub.Authenticator.Authorities.AddAsync("root", authority, isVerified: true, Cancellation);
        var (_, link) = _test.Connect((await AuthenticateAsync("d1", device)).Value!);
        await _test.Hub.Authenticator.Authorities.RemoveAsync("root", Cancellation);
        Assert.Equal(CloseReason.Revoked, await link.Closed);
    }

    private static DeviceAuthentication ByAuthority => new() { Type = AuthenticationType.CertificateAuthority };

    private static DeviceAuthentication Thumbprint(X509Certificate2 certificate) => new()
    {
        X509Thumbprint = new X509Thumbprints { PrimaryThumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256) },
    };

    private X509Certificate2 SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(_time.GetUtcNow().AddDays(-1), _time.GetUtcNow().AddDays(30));
    }

    private X509Certificate2 Authority(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(_time.GetUtcNow().AddDays(-1), _time.GetUtcNow().AddDays(30));
    }

    private static X509Certificate2 Signed(string subject, X509Certificate2 signer, bool isAuthority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signerKey = signer.GetECDsaPrivateKey()!;
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        using var certificate = request.Create(
            signer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(signerKey),
            signer.NotBefore,
            signer.NotAfter,
            RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    private ValueTask<HubResult<DevicePrincipal>> AuthenticateAsync(
        string deviceId, X509Certificate2 certificate, string? moduleId = null, X509Certificate2Collection? intermediates = null) =>
        _test.Hub.Authenticator.AuthenticateDeviceAsync(
            new IdentityId(deviceId, moduleId), new DeviceCredential(null, certificate, intermediates), Cancellation);

    [Fact]
    public void A_certificate_whose_times_are_none_is_valid_never_and_no_authority()
    {
        using var whole = SelfSigned("d1");
        var der = whole.RawData;
        var time = der.AsSpan().IndexOf("\x17\x0d"u8);
        Assert.True(time > 0);
        der[time + 4] = (byte)'x';
        using var broken = X509CertificateLoader.LoadCertificate(der);
        Assert.False(ClientCertificate.IsValidAt(broken, _time.GetUtcNow()));
        Assert.False(ClientCertificate.IsAuthority(broken));
        Assert.False(CertificateChain.IsSignedBy(broken, whole));
    }
}
