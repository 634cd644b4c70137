using System.Diagnostics;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Security;
using Nave.Testing;

namespace Nave.Hub.Tests.Security;

public sealed class HubAuthenticatorTests : IAsyncLifetime
{
    private readonly SettableTime _time = new();
    private TestHub _test = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _test = await TestHub.OpenAsync(_time);

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_proves_itself_with_either_of_its_keys()
    {
        var device = await _test.CreateAsync("d1");
        foreach (var key in (string[])[device.Authentication!.SymmetricKey!.PrimaryKey!, device.Authentication.SymmetricKey.SecondaryKey!])
        {
            var token = SasToken.Create(SasToken.ResourceOf(TestHub.HostName, device.Id), Convert.FromBase64String(key), _time.GetUtcNow().AddHours(1));
            var principal = (await _test.AuthenticateAsync(device.Id, token)).Value!;
            Assert.Equal(device.Id, principal.Id);
            Assert.Equal(device.GenerationId, principal.GenerationId);
            Assert.Equal("{\"scope\":\"device\",\"type\":\"sas\",\"issuer\":\"iothub\",\"acceptingIpFilterRule\":null}", principal.AuthMethod);
        }
    }

    [Fact]
    public async Task A_module_proves_itself_with_its_own_key_and_not_with_its_devices()
    {
        var device = await _test.CreateAsync("d1");
        var module = await _test.CreateAsync("d1", "m1");
        Assert.Contains("\"scope\":\"module\"", (await _test.AuthenticateAsync(module.Id, _test.TokenOf(module))).Value!.AuthMethod, StringComparison.Ordinal);
        Assert.Equal(401, (await _test.AuthenticateAsync(module.Id, _test.TokenOf(device))).Error!.HttpStatus);
        Assert.Equal(401, (await _test.AuthenticateAsync(device.Id, _test.TokenOf(module))).Error!.HttpStatus);
    }

    [Fact]
    public async Task Another_devices_token_is_refused()
    {
        await _test.CreateAsync("d1");
        var other = await _test.CreateAsync("d2");
        Assert.Equal(401, (await _test.AuthenticateAsync(new IdentityId("d1"), _test.TokenOf(other))).Error!.HttpStatus);

        // Signed by d2 for d1.
        var forged = SasToken.Create(
            SasToken.ResourceOf(TestHub.HostName, new IdentityId("d1")),
            Convert.FromBase64String(other.Authentication!.SymmetricKey!.PrimaryKey!),
            _time.GetUtcNow().AddHours(1));
        Assert.Equal(401, (await _test.AuthenticateAsync(new IdentityId("d1"), forged)).Error!.HttpStatus);
    }

    [Theory]
    [InlineData("other.test/devices/d1")]
    [InlineData("hub.test")]
    [InlineData("hub.test/devices")]
    [InlineData("hub.test/devices/d")]
    [InlineData("hub.test/devices/d11")]
    [InlineData("hub.test/devices/d1/modules/m1")]
    public async Task A_device_key_is_good_for_no_other_scope_than_the_device(string resource)
    {
        var device = await _test.CreateAsync("d1");
        var token = SasToken.Create(
            resource, Convert.FromBase64String(device.Authentication!.SymmetricKey!.PrimaryKey!), _time.GetUtcNow().AddHours(1));
        Assert.Equal(401, (await _test.AuthenticateAsync(device.Id, token)).Error!.HttpStatus);
    }

    [Fact]
    public async Task A_token_with_any_character_changed_is_refused()
    {
        var device = await _test.CreateAsync("d1");
        var token = _test.TokenOf(device);
        var signature = token.Split("sig=")[1].Split('&')[0][5..];
        for (var i = "SharedAccessSignature ".Length; i < token.Length; i++)
        {
            // The last character of a signature has two bits that mean nothing: 'w' to 'z' there are one and the same.
            var changed = token[..i] + (token[i] is >= 'w' and <= 'z' ? 'A' : 'x') + token[(i + 1)..];
            var result = await _test.AuthenticateAsync(device.Id, changed);
            Assert.True(result.Error is { HttpStatus: 401 }, $"changed at {i}");
            Assert.DoesNotContain(signature, result.Error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("SharedAccessSignature ")]
    [InlineData("Bearer x")]
    [InlineData("SharedAccessSignature sr=hub.test&sig=x")]
    [InlineData("SharedAccessSignature sr=hub.test&sr=hub.test&sig=AAAA&se=99999999999")]
    public async Task What_is_no_token_is_refused(string token)
    {
        await _test.CreateAsync("d1");
        Assert.Equal(401, (await _test.AuthenticateAsync(new IdentityId("d1"), token)).Error!.HttpStatus);
        Assert.Equal(401, _test.Hub.Authenticator.AuthorizeService(token, AccessRights.RegistryRead, "devices").Error!.HttpStatus);
    }

    [Fact]
    public async Task An_expired_token_is_taken_for_the_time_that_clocks_may_differ_and_no_longer()
    {
        var device = await _test.CreateAsync("d1");
        var token = _test.TokenOf(device, TimeSpan.FromHours(1));
        var expires = DateTimeOffset.FromUnixTimeSeconds((_time.GetUtcNow() + TimeSpan.FromHours(1)).ToUnixTimeSeconds());
        Assert.Equal(expires, (await _test.AuthenticateAsync(device.Id, token)).Value!.Expires);
        _time.Offset += TimeSpan.FromMinutes(64);
        Assert.Equal(expires + TimeSpan.FromMinutes(5), (await _test.AuthenticateAsync(device.Id, token)).Value!.Expires);
        _time.Offset += TimeSpan.FromMinutes(2);
        Assert.Equal(401, (await _test.AuthenticateAsync(device.Id, token)).Error!.HttpStatus);
    }

    [Fact]
    public async Task A_token_that_never_ends_is_taken()
    {
        var device = await _test.CreateAsync("d1");
        var token = SasToken.Create(
            SasToken.ResourceOf(TestHub.HostName, device.Id),
            Convert.FromBase64String(device.Authentication!.SymmetricKey!.PrimaryKey!),
            new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero));
        var (session, _) = _test.Connect((await _test.AuthenticateAsync(device.Id, token)).Value!);
        Assert.True(session.IsOpen);
    }

    [Fact]
    public async Task An_unknown_device_is_refused_with_the_words_that_Azure_has()
    {
        var other = await _test.CreateAsync("d1");
        var error = (await _test.AuthenticateAsync(new IdentityId("d9"), _test.TokenOf(other))).Error!;
        Assert.Equal(HubErrorCode.IotHubUnauthorized, error.Code);
        Assert.Equal("IotHub 'hub.test' does not contain the specified device 'd9'", error.Message);
        Assert.Equal(401, (await _test.AuthenticateAsync(new IdentityId("d1", "m9"), _test.TokenOf(other))).Error!.HttpStatus);
    }

    [Fact]
    public async Task A_disabled_device_and_its_modules_are_told_so_once_they_have_proved_themselves()
    {
        var device = await _test.CreateAsync("d1");
        var module = await _test.CreateAsync("d1", "m1");
        await _test.Hub.Registry.UpdateAsync(device with { Status = DeviceStatus.Disabled }, "*", Cancellation);
        Assert.Equal(HubErrorCode.DeviceDisabled, (await _test.AuthenticateAsync(device.Id, _test.TokenOf(device))).Error!.Code);
        Assert.Equal(HubErrorCode.DeviceDisabled, (await _test.AuthenticateAsync(module.Id, _test.TokenOf(module))).Error!.Code);
        Assert.Equal(401, (await _test.AuthenticateAsync(device.Id, _test.TokenOf(module))).Error!.HttpStatus);
    }

    [Theory]
    [InlineData("iothubowner", true)]
    [InlineData("device", true)]
    [InlineData("service", false)]
    [InlineData("registryRead", false)]
    [InlineData("registryReadWrite", false)]
    [InlineData("unknown", false)]
    public async Task A_policy_lets_a_device_in_if_it_has_the_right(string policy, bool permitted)
    {
        var device = await _test.CreateAsync("d1");
        var signer = policy == "unknown" ? "iothubowner" : policy;
        var token = _test.PolicyToken(signer, "hub.test/devices/d1").Replace($"skn={signer}", $"skn={policy}", StringComparison.Ordinal);
        var result = await _test.AuthenticateAsync(device.Id, token);
        Assert.Equal(permitted, result.IsSuccess);
        if (permitted)
        {
            Assert.Contains("\"scope\":\"hub\"", result.Value!.AuthMethod, StringComparison.Ordinal);
            Assert.True((await _test.AuthenticateAsync(device.Id, _test.PolicyToken(policy))).IsSuccess);
            Assert.False((await _test.AuthenticateAsync(device.Id, _test.PolicyToken(policy, "hub.test/devices/d2"))).IsSuccess);
        }
        else
        {
            Assert.Equal(401, result.Error!.HttpStatus);
        }
    }

    [Theory]
    [InlineData("iothubowner", AccessRights.RegistryWrite | AccessRights.ServiceConnect, true)]
    [InlineData("service", AccessRights.ServiceConnect, true)]
    [InlineData("service", AccessRights.RegistryRead, false)]
    [InlineData("registryRead", AccessRights.RegistryRead, true)]
    [InlineData("registryRead", AccessRights.RegistryWrite, false)]
    [InlineData("registryReadWrite", AccessRights.RegistryRead | AccessRights.RegistryWrite, true)]
    [InlineData("registryReadWrite", AccessRights.ServiceConnect, false)]
    [InlineData("device", AccessRights.RegistryRead, false)]
    public void A_policy_permits_what_its_rights_say(string policy, AccessRights required, bool permitted)
    {
        var result = _test.Hub.Authenticator.AuthorizeService(_test.PolicyToken(policy), required, "devices/d1");
        Assert.Equal(permitted, result.IsSuccess);
        Assert.Equal(
            permitted ? null : $"Authorization rule '{policy}' does not allow access for 'devices/d1'", result.Error?.Message);
    }

    [Fact]
    public void A_service_token_covers_what_is_below_its_scope_only()
    {
        var token = _test.PolicyToken("service", "HUB.test/twins/d1");
        Assert.True(_test.Hub.Authenticator.AuthorizeService(token, AccessRights.ServiceConnect, "twins/d1/methods").IsSuccess);
        Assert.False(_test.Hub.Authenticator.AuthorizeService(token, AccessRights.ServiceConnect, "twins/d10").IsSuccess);
        Assert.False(_test.Hub.Authenticator.AuthorizeService(token, AccessRights.ServiceConnect, "devices/query").IsSuccess);
        Assert.Equal("Authorization header missing", _test.Hub.Authenticator.AuthorizeService(null, AccessRights.ServiceConnect, "").Error!.Message);
    }

    [Fact]
    public async Task Another_hubs_token_is_refused()
    {
        var other = (await _test.Host.CreateAsync(new HubDefinition { HostName = "other.test" }, Cancellation)).Value!;
        var token = SasToken.Create(
            "other.test", Convert.FromBase64String(other.Authenticator.Policies.Single(p => p.Name == "service").PrimaryKey), _time.GetUtcNow().AddHours(1), "service");
        Assert.True(other.Authenticator.AuthorizeService(token, AccessRights.ServiceConnect, "twins/d1").IsSuccess);
        Assert.False(_test.Hub.Authenticator.AuthorizeService(token, AccessRights.ServiceConnect, "twins/d1").IsSuccess);
    }

    [Fact]
    public async Task A_changed_key_closes_the_connection_that_used_it_and_no_other()
    {
        var first = await _test.CreateAsync("d1");
        var second = await _test.CreateAsync("d2");
        var (session, link) = await _test.ConnectAsync(first);
        var (other, _) = await _test.ConnectAsync(second);
        var keys = first.Authentication!.SymmetricKey!;

        await UpdateKeysAsync(first, new SymmetricKeys { PrimaryKey = keys.PrimaryKey, SecondaryKey = NewKey() });
        Assert.True(session.IsOpen);
        await UpdateKeysAsync(first, new SymmetricKeys { PrimaryKey = NewKey(), SecondaryKey = keys.SecondaryKey });
        Assert.Equal(CloseReason.Revoked, await link.Closed);
        Assert.True(other.IsOpen);
        Assert.Equal(401, (await _test.AuthenticateAsync(first.Id, _test.TokenOf(first))).Error!.HttpStatus);
    }

    [Fact]
    public async Task Disabling_and_deleting_close_the_connections_of_the_device_and_its_modules()
    {
        foreach (var delete in (bool[])[false, true])
        {
            var device = await _test.CreateAsync($"d{delete}");
            var module = await _test.CreateAsync($"d{delete}", "m1");
            var (_, deviceLink) = await _test.ConnectAsync(device);
            var (_, moduleLink) = await _test.ConnectAsync(module);
            if (delete)
            {
                Assert.True((await _test.Hub.Registry.DeleteAsync(device.Id, "*", Cancellation)).IsSuccess);
            }
            else
            {
                Assert.True((await _test.Hub.Registry.UpdateAsync(device with { Status = DeviceStatus.Disabled }, "*", Cancellation)).IsSuccess);
            }

            var expected = delete ? CloseReason.Deleted : CloseReason.Disabled;
            Assert.Equal(expected, await deviceLink.Closed);
            Assert.Equal(expected, await moduleLink.Closed);
        }
    }

    [Fact]
    public async Task A_regenerated_policy_key_closes_what_rests_on_it_and_is_still_there_after_a_restart()
    {
        var device = await _test.CreateAsync("d1");
        var other = await _test.CreateAsync("d2");
        var (_, link) = await _test.ConnectAsync(device, token: _test.PolicyToken("device"));
        var (own, _) = await _test.ConnectAsync(other);
        var old = _test.PolicyToken("device");

        var changed = (await _test.Hub.Authenticator.RegenerateKeyAsync("device", PolicyKey.Primary, Cancellation)).Value!;
        Assert.Equal(CloseReason.Revoked, await link.Closed);
        Assert.True(own.IsOpen);
        Assert.Equal(401, (await _test.AuthenticateAsync(device.Id, old)).Error!.HttpStatus);
        Assert.True((await _test.AuthenticateAsync(device.Id, _test.PolicyToken("device"))).IsSuccess);
        Assert.Equal(HubErrorCode.GenericNotFound, (await _test.Hub.Authenticator.RegenerateKeyAsync("nobody", PolicyKey.Primary, Cancellation)).Error!.Code);

        await _test.RestartAsync();
        var restored = _test.Hub.Authenticator.Policies.Single(policy => policy.Name == "device");
        Assert.Equal(changed.PrimaryKey, restored.PrimaryKey);
        Assert.Equal(changed.SecondaryKey, restored.SecondaryKey);
    }

    [Fact]
    public async Task A_key_that_was_changed_between_proof_and_connect_leaves_no_session()
    {
        var device = await _test.CreateAsync("d1");
        var principal = (await _test.AuthenticateAsync(device.Id, _test.TokenOf(device))).Value!;
        await UpdateKeysAsync(device, new SymmetricKeys { PrimaryKey = NewKey(), SecondaryKey = NewKey() });
        var (_, link) = _test.Connect(principal);
        Assert.Equal(CloseReason.Revoked, await link.Closed);

        await _test.Hub.Registry.DeleteAsync(device.Id, "*", Cancellation);
        var (_, second) = _test.Connect(principal);
        Assert.Equal(CloseReason.Deleted, await second.Closed);
    }

    [Fact]
    public async Task A_device_that_was_made_again_does_not_know_the_old_keys()
    {
        var old = await _test.CreateAsync("d1");
        await _test.AuthenticateAsync(old.Id, _test.TokenOf(old));
        await _test.Hub.Registry.DeleteAsync(old.Id, "*", Cancellation);
        var made = await _test.CreateAsync("d1");
        Assert.Equal(401, (await _test.AuthenticateAsync(old.Id, _test.TokenOf(old))).Error!.HttpStatus);
        Assert.True((await _test.AuthenticateAsync(made.Id, _test.TokenOf(made))).IsSuccess);
    }

    [Fact]
    public async Task Twenty_thousand_a_second_are_authenticated()
    {
        const int Count = 20_000;
        var device = await _test.CreateAsync("d1");
        var token = _test.TokenOf(device);
        for (var i = 0; i < Count; i++)
        {
            await _test.AuthenticateAsync(device.Id, token);
        }

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Count; i++)
        {
            Assert.True((await _test.AuthenticateAsync(device.Id, token)).IsSuccess);
        }

        TestContext.Current.SendDiagnosticMessage($"{Count / watch.Elapsed.TotalSeconds:n0} authentications/s");
        Assert.True(watch.Elapsed < TestDeadline.Default, $"{Count} took {watch.Elapsed}"); // Far from what is wanted, for a loaded machine: the figure is told.
    }

    private static string NewKey() => Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    private async Task UpdateKeysAsync(DeviceIdentity device, SymmetricKeys keys) =>
        Assert.Null((await _test.Hub.Registry.UpdateAsync(
            device with { Authentication = new DeviceAuthentication { Type = AuthenticationType.Sas, SymmetricKey = keys } }, "*", Cancellation)).Error);
}
