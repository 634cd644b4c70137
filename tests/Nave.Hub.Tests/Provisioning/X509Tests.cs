using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nave.Api;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;
using static Nave.Hub.Tests.Provisioning.ProvisioningFixture;
using static Nave.Hub.Tests.Provisioning.TestCertificates;

namespace Nave.Hub.Tests.Provisioning;

public sealed class X509Tests
{
    [Fact]
    public async Task Both_certificates_of_an_individual_enrollment_let_the_device_in_and_connect()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        using var primary = Leaf("dev-1");
        using var secondary = Leaf("dev-1");
        using var stranger = Leaf("dev-1");
        await fixture.EnrollAsync(Individual("dev-1", new X509Attestation { ClientCertificates = Pair(Pem(primary), Convert.ToBase64String(secondary.RawData)) }));
        foreach (var certificate in (X509Certificate2[])[primary, secondary])
        {
            var state = Assigned(await fixture.RegisterAsync("dev-1", new DeviceCredential(null, certificate)));
            Assert.Equal(certificate.GetCertHashString(HashAlgorithmName.SHA1), state.X509?.CertificateInfo?.Sha1Thumbprint);
            var connected = await fixture.Hubs.Hub.Authenticator.AuthenticateDeviceAsync(new IdentityId("dev-1"), new DeviceCredential(null, certificate), Cancelled);
            Assert.Null(connected.Error);
        }

        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.AuthenticateAsync("dev-1", new DeviceCredential(null, stranger))).Error?.Code);
    }

    [Fact]
    public async Task The_registration_id_is_the_common_name()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        using var root = Root("Root");
        using var leaf = Leaf("dev-1", root);
        await fixture.EnrollAsync(Group("all", new X509Attestation { SigningCertificates = Pair(Pem(root)) }));
        Assert.Null((await fixture.AuthenticateAsync("DEV-1", new DeviceCredential(null, leaf))).Error);
        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.AuthenticateAsync("dev-2", new DeviceCredential(null, leaf))).Error?.Code);
    }

    [Fact]
    public async Task A_group_takes_devices_that_chain_to_its_root_and_registers_their_own_thumbprint()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        using var root = Root("Root");
        using var intermediate = Intermediate("Line 3", root);
        using var leaf = Leaf("dev-1", intermediate);
        await fixture.EnrollAsync(Group("factory", new X509Attestation
        {
            // As the Node clients post it: base64 of the PEM text.
            SigningCertificates = Pair(Convert.ToBase64String(Encoding.ASCII.GetBytes(Pem(root)))),
        }));
        var state = Assigned(await fixture.RegisterAsync("dev-1", new DeviceCredential(null, leaf, [leaf, intermediate])));
        Assert.Equal(("factory", "CN=Root"), (state.X509?.EnrollmentGroupId, state.X509?.SigningCertificateInfo?.SubjectName));
        Assert.Null((await fixture.Hubs.Hub.Authenticator.AuthenticateDeviceAsync(new IdentityId("dev-1"), new DeviceCredential(null, leaf), Cancelled)).Error);

        // Without what lies between there is no chain, and a stranger's root of the same name is no root.
        Assert.NotNull((await fixture.AuthenticateAsync("dev-1", new DeviceCredential(null, leaf))).Error);
        using var forged = Root("Root");
        using var stranger = Leaf("dev-1", forged);
        Assert.NotNull((await fixture.AuthenticateAsync("dev-1", new DeviceCredential(null, stranger, [stranger, forged]))).Error);
    }

    [Fact]
    public async Task The_group_of_the_certificate_that_is_nearest_to_the_device_decides_even_if_it_is_disabled()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        using var root = Root("Root");
        using var intermediate = Intermediate("Line 3", root);
        using var leaf = Leaf("dev-1", intermediate);
        await fixture.EnrollAsync(Group("a-root", new X509Attestation { SigningCertificates = Pair(Pem(root)) }));
        var line = await fixture.EnrollAsync(Group("z-line", new X509Attestation { SigningCertificates = Pair(Pem(intermediate)) }));
        var credential = new DeviceCredential(null, leaf, [leaf, intermediate]);
        Assert.Equal("z-line", Assigned(await fixture.RegisterAsync("dev-1", credential)).X509?.EnrollmentGroupId);
        await fixture.EnrollAsync(line with { ProvisioningStatus = ProvisioningStatus.Disabled }, "*");
        Assert.Equal(RegistrationStatus.Disabled, (await fixture.RegisterAsync("dev-1", credential)).Status);
    }

    [Fact]
    public async Task A_reference_to_an_authority_needs_its_verification_and_ends_with_it()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        using var root = Root("Root");
        using var leaf = Leaf("dev-1", root);
        var wanted = Group("factory", new X509Attestation { CaReferences = new X509CAReferences { Primary = "ca" } });
        var added = Value(await fixture.Service.Authorities.AddAsync("ca", root, false, Cancelled));
        Assert.Equal(
            HubErrorCode.CertificateAuthorityNotFound,
            (await fixture.Service.Enrollments.PutAsync(EnrollmentKind.Group, "factory", wanted, null, Cancelled)).Error?.Code);
        using var proof = Leaf(added.VerificationCode!, root);
        Value(await fixture.Service.Authorities.VerifyAsync("ca", proof, Cancelled));
        await fixture.EnrollAsync(wanted);
        var device = Value(await fixture.AuthenticateAsync("dev-1", new DeviceCredential(null, leaf)));
        Assert.Equal("factory", device.EnrollmentGroupId);
        Assigned(Value(await fixture.Service.RegisterAsync(device, default, Cancelled)).Operation);

        // A connection that was opened before is refused, too.
        Value(await fixture.Service.Authorities.RemoveAsync("ca", Cancelled));
        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.Service.RegisterAsync(device, default, Cancelled)).Error?.Code);
        Assert.NotNull((await fixture.AuthenticateAsync("dev-1", new DeviceCredential(null, leaf))).Error);
    }

    [Fact]
    public async Task A_certificate_that_has_ended_is_refused()
    {
        var clock = new SettableTime();
        await using var fixture = await ProvisioningFixture.OpenAsync(clock);
        using var root = Root("Root");
        using var leaf = Leaf("dev-1", root);
        await fixture.EnrollAsync(Group("all", new X509Attestation { SigningCertificates = Pair(Pem(root)) }));
        clock.Offset = TimeSpan.FromDays(31);
        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.AuthenticateAsync("dev-1", new DeviceCredential(null, leaf))).Error?.Code);
    }

    [Fact]
    public async Task A_device_that_renewed_its_certificate_connects_with_the_new_one_after_it_registered_again()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        using var root = Root("Root");
        using var before = Leaf("dev-1", root);
        using var after = Leaf("dev-1", root);
        await fixture.EnrollAsync(Group("all", new X509Attestation { SigningCertificates = Pair(Pem(root)) }) with { ReprovisionPolicy = new ReprovisionPolicy() });
        Assigned(await fixture.RegisterAsync("dev-1", new DeviceCredential(null, before)));
        Assigned(await fixture.RegisterAsync("dev-1", new DeviceCredential(null, after)));
        var authenticator = fixture.Hubs.Hub.Authenticator;
        Assert.Null((await authenticator.AuthenticateDeviceAsync(new IdentityId("dev-1"), new DeviceCredential(null, after), Cancelled)).Error);
        Assert.NotNull((await authenticator.AuthenticateDeviceAsync(new IdentityId("dev-1"), new DeviceCredential(null, before), Cancelled)).Error);
    }

    [Fact]
    public async Task What_is_read_tells_of_certificates_and_can_be_sent_back()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        using var root = Root("Root");
        using var leaf = Leaf("dev-1", root);
        await fixture.EnrollAsync(Group("all", new X509Attestation { SigningCertificates = Pair(Pem(root)) }));
        var read = Assert.IsType<EnrollmentGroup>(Value(await fixture.Service.Enrollments.GetAsync(EnrollmentKind.Group, "all", Cancelled)));
        var shown = read.Attestation?.X509?.SigningCertificates?.Primary;
        Assert.Equal((null, root.GetCertHashString(HashAlgorithmName.SHA256)), (shown?.Certificate, shown?.Info?.Sha256Thumbprint));
        await fixture.EnrollAsync(read, $"\"{read.Etag}\"");
        Assert.Null((await fixture.AuthenticateAsync("dev-1", new DeviceCredential(null, leaf))).Error);
    }

    private static X509Certificates Pair(string primary, string? secondary = null) => new()
    {
        Primary = new X509CertificateWithInfo { Certificate = primary },
        Secondary = secondary is null ? null : new X509CertificateWithInfo { Certificate = secondary },
    };

    private static IndividualEnrollment Individual(string id, X509Attestation x509) =>
        new() { RegistrationId = id, Attestation = new AttestationMechanism { Type = AttestationType.X509, X509 = x509 } };

    private static EnrollmentGroup Group(string id, X509Attestation x509) =>
        new() { EnrollmentGroupId = id, Attestation = new AttestationMechanism { Type = AttestationType.X509, X509 = x509 } };
}
