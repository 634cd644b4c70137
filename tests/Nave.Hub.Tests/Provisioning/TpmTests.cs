using Nave.Api;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;
using Nave.Testing;
using static Nave.Hub.Tests.Provisioning.ProvisioningFixture;

namespace Nave.Hub.Tests.Provisioning;

public sealed class TpmTests
{
    [Fact]
    public void A_wrapped_key_comes_out_of_its_own_tpm_and_of_no_other()
    {
        var (tpm, other) = (new SoftwareTpm(), new SoftwareTpm());
        Assert.True(TpmPublicKey.TryParse(tpm.EndorsementKey, out var endorsementKey));
        Assert.True(TpmPublicKey.TryParse(tpm.StorageRootKey, out var storageRootKey));
        foreach (var length in (int[])[16, 32, 64])
        {
            var key = Enumerable.Range(1, length).Select(i => (byte)i).ToArray();
            var blob = TpmActivation.Wrap(endorsementKey, storageRootKey, key);
            tpm.Activate(blob);
            Assert.Equal(System.Security.Cryptography.HMACSHA256.HashData(key, "text"u8.ToArray()), tpm.Sign("text"u8));
            Assert.ThrowsAny<Exception>(() => other.Activate(blob));
        }
    }

    [Fact]
    public void A_cut_or_changed_public_key_is_no_key_and_never_an_exception()
    {
        var key = new SoftwareTpm().EndorsementKey;
        for (var length = 0; length < key.Length; length++)
        {
            Assert.False(TpmPublicKey.TryParse(key.AsSpan(0, length), out _));
        }

        for (var i = 0; i < key.Length; i++)
        {
            var changed = key.ToArray();
            changed[i] ^= 0x81;
            Assert.Equal(TpmPublicKey.TryParse(changed, out var other), other is not null); // Many are keys still: of another modulus.
        }
    }

    [Fact]
    public async Task A_tpm_registers_with_its_nonce_and_then_connects_with_the_key_that_it_gets()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var tpm = new SoftwareTpm();
        await fixture.EnrollAsync(Enrollment(tpm));
        var token = await ChallengeAsync(fixture, tpm);
        var state = Assigned(await fixture.RegisterAsync("tpm-1", new DeviceCredential(token)));
        Assert.NotNull(state.Tpm?.AuthenticationKey);
        tpm.Activate(Convert.FromBase64String(state.Tpm.AuthenticationKey));
        Assert.Null((await fixture.Hubs.AuthenticateAsync(new IdentityId("tpm-1"), Sign(tpm, $"{TestHub.HostName}%2Fdevices%2Ftpm-1", ""))).Error);

        // Once more: the hub's key stays.
        var key = (await fixture.Hubs.GetAsync(new IdentityId("tpm-1"))).Authentication?.SymmetricKey?.PrimaryKey;
        Assigned(await fixture.RegisterAsync("tpm-1", new DeviceCredential(await ChallengeAsync(fixture, tpm))));
        Assert.Equal(key, (await fixture.Hubs.GetAsync(new IdentityId("tpm-1"))).Authentication?.SymmetricKey?.PrimaryKey);
    }

    [Fact]
    public async Task Another_tpm_an_unknown_id_and_a_nonce_that_was_never_given_are_refused()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var (tpm, other) = (new SoftwareTpm(), new SoftwareTpm());
        await fixture.EnrollAsync(Enrollment(tpm));
        var scope = fixture.Service.IdScope;
        Assert.Equal(
            HubErrorCode.IotHubUnauthorizedAccess,
            (await fixture.Service.ChallengeAsync(scope, "tpm-1", new TpmEvidence(other.EndorsementKey, other.StorageRootKey), Cancelled)).Error?.Code);
        Assert.Equal(
            HubErrorCode.EnrollmentNotFound,
            (await fixture.Service.ChallengeAsync(scope, "tpm-2", new TpmEvidence(tpm.EndorsementKey, tpm.StorageRootKey), Cancelled)).Error?.Code);
        Assert.Equal(
            HubErrorCode.InvalidEndorsementKey,
            (await fixture.Service.ChallengeAsync(scope, "tpm-1", new TpmEvidence(new byte[10], tpm.StorageRootKey), Cancelled)).Error?.Code);
        Assert.Equal(
            HubErrorCode.InvalidStorageRootKey,
            (await fixture.Service.ChallengeAsync(scope, "tpm-1", new TpmEvidence(tpm.EndorsementKey, default), Cancelled)).Error?.Code);
        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.AuthenticateAsync("tpm-1", new DeviceCredential(fixture.Token("tpm-1", new byte[32])))).Error?.Code);
    }

    [Fact]
    public async Task A_nonce_is_good_for_an_hour_and_strangers_do_not_shut_the_device_out_at_once()
    {
        var clock = new SettableTime();
        await using var fixture = await ProvisioningFixture.OpenAsync(clock);
        var tpm = new SoftwareTpm();
        await fixture.EnrollAsync(Enrollment(tpm));
        var token = await ChallengeAsync(fixture, tpm);
        await ChallengeAsync(fixture, tpm, activate: false);
        await ChallengeAsync(fixture, tpm, activate: false);
        Assert.Null((await fixture.AuthenticateAsync("tpm-1", new DeviceCredential(token))).Error);
        clock.Offset = TimeSpan.FromMinutes(61);
        Assert.NotNull((await fixture.AuthenticateAsync("tpm-1", new DeviceCredential(token))).Error);
    }

    private static IndividualEnrollment Enrollment(SoftwareTpm tpm) => new()
    {
        RegistrationId = "tpm-1",
        Attestation = new AttestationMechanism
        {
            Type = AttestationType.Tpm,
            Tpm = new TpmAttestation { EndorsementKey = Convert.ToBase64String(tpm.EndorsementKey) },
        },
    };

    private static async Task<string> ChallengeAsync(ProvisioningFixture fixture, SoftwareTpm tpm, bool activate = true)
    {
        var challenge = Value(await fixture.Service.ChallengeAsync(
            fixture.Service.IdScope, "tpm-1", new TpmEvidence(tpm.EndorsementKey, tpm.StorageRootKey), Cancelled));
        Assert.Equal("registration", challenge.KeyName);
        if (!activate)
        {
            return "";
        }

        tpm.Activate(challenge.Blob.Span);
        return Sign(tpm, $"{fixture.Service.IdScope}%2Fregistrations%2Ftpm-1", "&skn=registration");
    }

    private static string Sign(SoftwareTpm tpm, string resource, string keyName)
    {
        var expires = TimeProvider.System.GetUtcNow().AddHours(2).ToUnixTimeSeconds();
        var signature = Convert.ToBase64String(tpm.Sign(System.Text.Encoding.UTF8.GetBytes($"{resource}\n{expires}")));
        return $"SharedAccessSignature sr={resource}&sig={Uri.EscapeDataString(signature)}&se={expires}{keyName}";
    }
}
