using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Security;
using Nave.Testing;

namespace Nave.Hub.Tests.Security;

public sealed class CertificateAuthoritiesTests : IAsyncLifetime
{
    private readonly SettableTime _time = new();
    private TestHub _test = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private CertificateAuthorities Authorities => _test.Hub.Authenticator.Authorities;

    public async ValueTask InitializeAsync() => _test = await TestHub.OpenAsync(_time);

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task An_authority_that_is_disabled_counts_no_more_and_again_when_it_is_enabled_also_after_a_restart()
    {
        using var root = TestCertificates.Make(CertificateRecipe.Authority("Root"), null, _time.GetUtcNow());
        using var device = TestCertificates.Make(new CertificateRecipe("d1"), root, _time.GetUtcNow());
        await _test.CreateAsync("d1", authentication: new DeviceAuthentication { Type = AuthenticationType.CertificateAuthority });
        await Authorities.AddAsync("root", root, isVerified: true, Cancellation);
        var (_, link) = _test.Connect((await AuthenticateAsync(device)).Value!);

        var disabled = await Authorities.SetEnabledAsync("root", isEnabled: false, Cancellation);
        Assert.False(disabled.Value!.IsEnabled);
        Assert.Equal(CloseReason.Revoked, await link.Closed);
        Assert.Equal(401, (await AuthenticateAsync(device)).Error!.HttpStatus);
        Assert.Null(Authorities.FindTrusted("root"));

        await _test.RestartAsync();
        Assert.False(Assert.Single(Authorities.List()).IsEnabled);
        Assert.Equal(401, (await AuthenticateAsync(device)).Error!.HttpStatus);

        Assert.True((await Authorities.SetEnabledAsync("root", isEnabled: true, Cancellation)).Value!.IsEnabled);
        Assert.True((await AuthenticateAsync(device)).IsSuccess);
        Assert.NotNull(Authorities.FindTrusted("root"));
        Assert.Equal(404, (await Authorities.SetEnabledAsync("nobody", isEnabled: true, Cancellation)).Error!.HttpStatus);
    }

    [Fact]
    public async Task An_authority_that_is_registered_twice_keeps_its_devices_when_one_registration_goes()
    {
        using var root = TestCertificates.Make(CertificateRecipe.Authority("Root"), null, _time.GetUtcNow());
        using var device = TestCertificates.Make(new CertificateRecipe("d1"), root, _time.GetUtcNow());
        await _test.CreateAsync("d1", authentication: new DeviceAuthentication { Type = AuthenticationType.CertificateAuthority });
        await Authorities.AddAsync("one", root, isVerified: true, Cancellation);
        await Authorities.AddAsync("two", root, isVerified: true, Cancellation);
        var (_, link) = _test.Connect((await AuthenticateAsync(device)).Value!);
        await Authorities.RemoveAsync("one", Cancellation);
        Assert.False(link.Closed.IsCompleted);
        await Authorities.SetEnabledAsync("two", isEnabled: false, Cancellation);
        Assert.Equal(CloseReason.Revoked, await link.Closed);
    }

    [Fact]
    public async Task What_cannot_be_an_authority_is_refused_with_the_reason()
    {
        await RefusesAsync(new CertificateRecipe("no constraints"), "basic constraints");
        await RefusesAsync(CertificateRecipe.Authority("ended") with { Until = TimeSpan.FromHours(-1) }, "ended at");
        await RefusesAsync(CertificateRecipe.Authority("short") with { IsRsa = true, RsaBits = 1024 }, "1024 bits; at least 2048");
        await RefusesAsync(CertificateRecipe.Authority("large") with { Ballast = CertificateAuthorities.MaxCertificateBytes }, "16384 are permitted");
        Assert.Empty(Authorities.List());

        // One that has not begun may be registered before a roll-over.
        using var future = TestCertificates.Make(CertificateRecipe.Authority("next") with { From = TimeSpan.FromDays(1) }, null, _time.GetUtcNow());
        Assert.True((await Authorities.AddAsync("next", future, isVerified: true, Cancellation)).IsSuccess);
    }

    [Fact]
    public async Task A_certificate_without_client_authentication_proves_possession_all_the_same()
    {
        using var root = TestCertificates.Make(CertificateRecipe.Authority("Root") with { IsRsa = true }, null, _time.GetUtcNow());
        var code = (await Authorities.AddAsync("root", root, isVerified: false, Cancellation)).Value!.VerificationCode!;
        using var proof = TestCertificates.Make(new CertificateRecipe(code) { Usages = [CertificateRecipe.ServerAuthentication] }, root, _time.GetUtcNow());
        Assert.True((await Authorities.VerifyAsync("root", proof, Cancellation)).Value!.IsVerified);
    }

    [Fact]
    public async Task There_are_25_authorities_and_no_more()
    {
        using var root = TestCertificates.Make(CertificateRecipe.Authority("Root"), null, _time.GetUtcNow());
        for (var i = 0; i < CertificateAuthorities.MaxCount; i++)
        {
            Assert.True((await Authorities.AddAsync($"ca{i}", root, isVerified: true, Cancellation)).IsSuccess);
        }

        Assert.Equal(403, (await Authorities.AddAsync("one more", root, isVerified: true, Cancellation)).Error!.HttpStatus);
    }

    private async Task RefusesAsync(CertificateRecipe recipe, string reason)
    {
        using var certificate = TestCertificates.Make(recipe, null, _time.GetUtcNow());
        var refused = await Authorities.AddAsync(recipe.Name, certificate, isVerified: true, Cancellation);
        Assert.Equal(400, refused.Error!.HttpStatus);
        Assert.Contains(reason, refused.Error.Message, StringComparison.Ordinal);
    }

    private ValueTask<HubResult<DevicePrincipal>> AuthenticateAsync(System.Security.Cryptography.X509Certificates.X509Certificate2 device) =>
        _test.Hub.Authenticator.AuthenticateDeviceAsync(new IdentityId("d1"), new DeviceCredential(null, device), Cancellation);
}
