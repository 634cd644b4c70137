using Nave.Api;
using Nave.Hub.Security;
using static Nave.Hub.Tests.Provisioning.ProvisioningFixture;

namespace Nave.Hub.Tests.Provisioning;

public sealed class SymmetricKeyTests
{
    // Wire facts 17.1.3: the worked example of the documentation.
    private const string ExampleGroupKey = "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==";
    private const string ExampleId = "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6";
    private const string ExampleKey = "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=";

    [Fact]
    public async Task A_device_with_the_documentations_derived_key_gets_an_identity_with_that_key()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        await fixture.EnrollAsync(new EnrollmentGroup
        {
            EnrollmentGroupId = "contoso",
            Attestation = new AttestationMechanism { SymmetricKey = new SymmetricKeyAttestation { PrimaryKey = ExampleGroupKey } },
        });
        var state = Assigned(await fixture.RegisterAsync(ExampleId, new DeviceCredential(fixture.Token(ExampleId, Convert.FromBase64String(ExampleKey)))));
        Assert.Equal((TestHub.HostName, ExampleId, RegistrationSubstatus.InitialAssignment), (state.AssignedHub, state.DeviceId, state.Substatus));
        Assert.Equal("contoso", state.SymmetricKey?.EnrollmentGroupId);
        var identity = await fixture.Hubs.GetAsync(new IdentityId(ExampleId));
        Assert.Equal(ExampleKey, identity.Authentication?.SymmetricKey?.PrimaryKey);
        Assert.Null((await fixture.Hubs.AuthenticateAsync(identity.Id, fixture.Hubs.TokenOf(identity))).Error);
    }

    [Fact]
    public async Task An_individual_enrollment_makes_its_keys_and_gives_the_device_its_name_twin_and_capabilities()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await fixture.EnrollAsync(Keyed("press-1") with
        {
            DeviceId = "Press-In-Hall-3",
            InitialTwin = Twin("""{"site":"rome"}""", """{"rate":5}"""),
            Capabilities = new DeviceCapabilities { IotEdge = true },
        });
        var state = Assigned(await fixture.RegisterAsync(enrollment));
        var identity = await fixture.Hubs.GetAsync(new IdentityId("Press-In-Hall-3"));
        Assert.Equal("Press-In-Hall-3", state.DeviceId);
        Assert.Equal(enrollment.Attestation!.SymmetricKey!.SecondaryKey, identity.Authentication?.SymmetricKey?.SecondaryKey);
        Assert.True(identity.Capabilities?.IotEdge);
        var text = System.Text.Encoding.UTF8.GetString(Value(await fixture.Hubs.Hub.Twins.GetAsync(identity.Id, Cancelled)).Span);
        Assert.Contains("\"tags\":{\"site\":\"rome\"}", text, StringComparison.Ordinal);
        Assert.Contains("\"rate\":5", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Either_key_of_an_enrollment_signs_and_an_id_is_good_in_any_letter_case()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await fixture.EnrollAsync(Keyed("Meter-7"));
        var secondary = Convert.FromBase64String(enrollment.Attestation!.SymmetricKey!.SecondaryKey!);
        var first = Assigned(await fixture.RegisterAsync("METER-7", new DeviceCredential(fixture.Token("METER-7", secondary))));
        var second = Assigned(await fixture.RegisterAsync("meter-7", new DeviceCredential(fixture.Token("meter-7", secondary))));
        Assert.Equal(first.DeviceId, second.DeviceId);
        Assert.Equal(1, (await fixture.Hubs.Hub.Registry.GetStatisticsAsync(Cancelled)).TotalDeviceCount);
    }

    [Fact]
    public async Task A_proof_that_does_not_fit_is_refused()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var group = await fixture.EnrollAsync(KeyedGroup("line"));
        var groupKey = Convert.FromBase64String(group.Attestation!.SymmetricKey!.PrimaryKey!);
        var scope = fixture.Service.IdScope;
        foreach (var (what, token) in ((string, string)[])
        [
            ("the group's key itself", fixture.Token("d1", groupKey)),
            ("another device's key", fixture.Token("d1", SasToken.DeriveKey(groupKey, "d2"))),
            ("a token of the past", fixture.Token("d1", SasToken.DeriveKey(groupKey, "d1"), TimeSpan.FromMinutes(-6))),
            ("a token for everybody", SasToken.Create($"{scope}/registrations", SasToken.DeriveKey(groupKey, "d1"), TimeProvider.System.GetUtcNow().AddHours(1))),
            ("a token for the scope", SasToken.Create(scope, SasToken.DeriveKey(groupKey, "d1"), TimeProvider.System.GetUtcNow().AddHours(1))),
            ("no token at all", "d1"),
        ])
        {
            var refused = await fixture.AuthenticateAsync("d1", new DeviceCredential(token));
            Assert.True(refused.Error?.Code == HubErrorCode.IotHubUnauthorizedAccess, what);
        }

        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.AuthenticateAsync("d1", default)).Error?.Code);
        Assert.Equal(
            HubErrorCode.IotHubUnauthorizedAccess,
            (await fixture.Service.AuthenticateAsync("0ne00000000", "d1", new DeviceCredential(fixture.Token(group, "d1")), Cancelled)).Error?.Code);
        Assert.Equal(HubErrorCode.InvalidRegistrationId, (await fixture.AuthenticateAsync("d 1", new DeviceCredential(fixture.Token(group, "d 1")))).Error?.Code);
    }

    [Fact]
    public async Task An_individual_enrollment_decides_alone_even_beside_a_group_that_would_let_the_device_in()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var group = await fixture.EnrollAsync(KeyedGroup("line"));
        Assigned(await fixture.RegisterAsync(group, "d1"));
        await fixture.EnrollAsync(Keyed("d1"));
        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.AuthenticateAsync("d1", new DeviceCredential(fixture.Token(group, "d1")))).Error?.Code);
    }

    [Fact]
    public async Task A_connection_that_proved_itself_before_is_refused_once_the_key_is_another()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await fixture.EnrollAsync(Keyed("d1"));
        var device = Value(await fixture.AuthenticateAsync("d1", new DeviceCredential(fixture.Token(enrollment))));
        var other = new SymmetricKeyAttestation { PrimaryKey = Convert.ToBase64String(new byte[32]), SecondaryKey = Convert.ToBase64String(new byte[32]) };
        await fixture.EnrollAsync(enrollment with { Attestation = new AttestationMechanism { SymmetricKey = other } }, "*");
        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.Service.RegisterAsync(device, default, Cancelled)).Error?.Code);
        Assert.Equal(HubErrorCode.IotHubUnauthorizedAccess, (await fixture.Service.GetStatusAsync(device, Cancelled)).Error?.Code);
    }

    [Fact]
    public async Task A_disabled_enrollment_answers_disabled_and_assigns_nothing()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await fixture.EnrollAsync(Keyed("d1") with { ProvisioningStatus = ProvisioningStatus.Disabled });
        var operation = await fixture.RegisterAsync(enrollment);
        Assert.Equal(RegistrationStatus.Disabled, operation.Status);
        Assert.Equal(0, (await fixture.Hubs.Hub.Registry.GetStatisticsAsync(Cancelled)).TotalDeviceCount);
        Assert.Equal(HubErrorCode.DeviceRegistrationNotFound, (await fixture.Service.Registrations.GetAsync("d1", Cancelled)).Error?.Code);
    }
}
