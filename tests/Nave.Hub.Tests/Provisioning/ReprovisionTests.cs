using System.Text;
using Nave.Api;
using Nave.Hub.Security;
using static Nave.Hub.Tests.Provisioning.ProvisioningFixture;

namespace Nave.Hub.Tests.Provisioning;

public sealed class ReprovisionTests
{
    private static readonly IdentityId s_device = new("d1");

    [Fact]
    public async Task Migrating_takes_the_whole_twin_to_the_other_hub_and_removes_the_old_identity()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var second = await fixture.AddHubAsync();
        var enrollment = await AssignToFirstAsync(fixture, new ReprovisionPolicy { UpdateHubAssignment = true, MigrateDeviceData = true });
        await fixture.EnrollAsync(enrollment with { IotHubHostName = second.HostName }, "*");

        var state = Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal((second.HostName, RegistrationSubstatus.DeviceDataMigrated), (state.AssignedHub, state.Substatus));
        var twin = await TwinAsync(second);
        Assert.Contains("\"tags\":{\"hall\":3}", twin, StringComparison.Ordinal);
        Assert.Contains("\"rate\":9", twin, StringComparison.Ordinal);
        Assert.Contains("\"heat\":40", twin, StringComparison.Ordinal);
        await AssertGoneAsync(fixture.Hubs.Hub);
        Assert.Equal(
            enrollment.Attestation!.SymmetricKey!.PrimaryKey,
            Value(await second.Registry.GetAsync(s_device, Cancelled)).Authentication?.SymmetricKey?.PrimaryKey);
    }

    [Fact]
    public async Task Resetting_gives_the_initial_twin_in_the_other_hub()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var second = await fixture.AddHubAsync();
        var enrollment = await AssignToFirstAsync(fixture, new ReprovisionPolicy { UpdateHubAssignment = true });
        await fixture.EnrollAsync(enrollment with { IotHubHostName = second.HostName }, "*");

        var state = Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal((second.HostName, RegistrationSubstatus.DeviceDataReset), (state.AssignedHub, state.Substatus));
        var twin = await TwinAsync(second);
        Assert.Contains("\"rate\":5", twin, StringComparison.Ordinal);
        Assert.DoesNotContain("heat", twin, StringComparison.Ordinal);
        Assert.DoesNotContain("hall", twin, StringComparison.Ordinal);
        await AssertGoneAsync(fixture.Hubs.Hub);
    }

    [Fact]
    public async Task Resetting_without_a_move_is_a_factory_reset_of_tags_and_desired_properties()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await AssignToFirstAsync(fixture, new ReprovisionPolicy { UpdateHubAssignment = true });
        var state = Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal((TestHub.HostName, RegistrationSubstatus.DeviceDataReset), (state.AssignedHub, state.Substatus));
        var twin = await TwinAsync(fixture.Hubs.Hub);
        Assert.Contains("\"rate\":5", twin, StringComparison.Ordinal);
        Assert.DoesNotContain("hall", twin, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrating_without_a_move_leaves_the_twin_and_the_generation_alone()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await AssignToFirstAsync(fixture, new ReprovisionPolicy { UpdateHubAssignment = true, MigrateDeviceData = true });
        var before = await fixture.Hubs.GetAsync(s_device);
        var state = Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal(RegistrationSubstatus.InitialAssignment, state.Substatus);
        var after = await fixture.Hubs.GetAsync(s_device);
        Assert.Equal((before.GenerationId, before.ETag), (after.GenerationId, after.ETag));
        Assert.Contains("\"rate\":9", await TwinAsync(fixture.Hubs.Hub), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_never_moves_stays_where_it_is_though_the_enrollment_names_another_hub()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var second = await fixture.AddHubAsync();
        var enrollment = await AssignToFirstAsync(fixture, new ReprovisionPolicy());
        await fixture.EnrollAsync(enrollment with { IotHubHostName = second.HostName }, "*");
        var state = Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal(TestHub.HostName, state.AssignedHub);
        Assert.Contains("\"rate\":9", await TwinAsync(fixture.Hubs.Hub), StringComparison.Ordinal);
        await AssertGoneAsync(second);
    }

    [Fact]
    public async Task Another_device_id_in_the_same_hub_is_a_move_too()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await AssignToFirstAsync(fixture, new ReprovisionPolicy { UpdateHubAssignment = true, MigrateDeviceData = true });
        await fixture.EnrollAsync(enrollment with { DeviceId = "renamed" }, "*");
        var state = Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal(("renamed", RegistrationSubstatus.DeviceDataMigrated), (state.DeviceId, state.Substatus));
        Assert.Contains("\"heat\":40", Text(Value(await fixture.Hubs.Hub.Twins.GetAsync(new IdentityId("renamed"), Cancelled))), StringComparison.Ordinal);
        await AssertGoneAsync(fixture.Hubs.Hub);
    }

    [Fact]
    public async Task An_identity_that_somebody_deleted_or_changed_in_the_hub_is_right_again_after_the_next_registration()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await AssignToFirstAsync(fixture, new ReprovisionPolicy { UpdateHubAssignment = true, MigrateDeviceData = true });
        var key = enrollment.Attestation!.SymmetricKey!.PrimaryKey;
        var changed = await fixture.Hubs.GetAsync(s_device);
        var keys = new SymmetricKeys { PrimaryKey = Convert.ToBase64String(new byte[32]), SecondaryKey = Convert.ToBase64String(new byte[32]) };
        Value(await fixture.Hubs.Hub.Registry.UpdateAsync(changed with { Authentication = new DeviceAuthentication { SymmetricKey = keys } }, "*", Cancelled));
        Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal(key, (await fixture.Hubs.GetAsync(s_device)).Authentication?.SymmetricKey?.PrimaryKey);

        Value(await fixture.Hubs.Hub.Registry.DeleteAsync(s_device, "*", Cancelled));
        Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal(key, (await fixture.Hubs.GetAsync(s_device)).Authentication?.SymmetricKey?.PrimaryKey);
    }

    [Fact]
    public async Task An_identity_in_a_hub_that_cannot_be_reached_is_removed_once_it_can()
    {
        var clock = new SettableTime();
        await using var fixture = await ProvisioningFixture.OpenAsync(clock);
        var remote = await fixture.Remote.AddAsync("far.test");
        Value(await fixture.Service.LinkedHubs.PutAsync(
            "far.test", new LinkedHubDescription { ConnectionString = remote.OwnerConnectionString }, Cancelled));
        var enrollment = await fixture.EnrollAsync(Keyed("d1") with { AllocationPolicy = AllocationPolicy.Static, IotHubHostName = "far.test", ReprovisionPolicy = new ReprovisionPolicy { UpdateHubAssignment = true } });
        Assert.Equal("far.test", Assigned(await fixture.RegisterAsync(enrollment)).AssignedHub);

        // Deleting the identity elsewhere is what fails; the reading before it, too, so the device waits.
        await fixture.EnrollAsync(enrollment with { IotHubHostName = TestHub.HostName }, "*");
        fixture.Remote.IsCut = true;
        var waiting = await fixture.RegisterAsync(enrollment);
        Assert.Equal(RegistrationStatus.Assigning, waiting.Status);
        var device = Value(await fixture.AuthenticateAsync("d1", new DeviceCredential(fixture.Token(enrollment))));
        Assert.True(Value(await fixture.Service.GetOperationAsync(device, waiting.OperationId!, Cancelled)).IsPending);
        fixture.Remote.IsCut = false;
        var done = Value(await fixture.Service.GetOperationAsync(device, waiting.OperationId!, Cancelled));
        Assert.Equal(TestHub.HostName, Assigned(done.Operation).AssignedHub);
        Assert.Equal(waiting.OperationId, done.Operation.OperationId);
        await AssertGoneAsync(remote);
    }

    private static async Task<IndividualEnrollment> AssignToFirstAsync(ProvisioningFixture fixture, ReprovisionPolicy policy)
    {
        var enrollment = await fixture.EnrollAsync(Keyed("d1") with
        {
            IotHubHostName = TestHub.HostName,
            ReprovisionPolicy = policy,
            InitialTwin = Twin("""{"site":"rome"}""", """{"rate":5}"""),
        });
        Assert.Equal(TestHub.HostName, Assigned(await fixture.RegisterAsync(enrollment)).AssignedHub);
        var twins = fixture.Hubs.Hub.Twins;
        Value(await twins.PatchAsync(s_device, """{"tags":{"site":null,"hall":3},"properties":{"desired":{"rate":9}}}"""u8.ToArray(), null, Cancelled));
        Value(await twins.PatchReportedAsync(s_device, """{"heat":40}"""u8.ToArray(), null, Cancelled));
        return enrollment;
    }

    private static async Task<string> TwinAsync(IotHub hub) => Text(Value(await hub.Twins.GetAsync(s_device, Cancelled)));

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    private static async Task AssertGoneAsync(IotHub hub) =>
        Assert.Equal(HubErrorCode.DeviceNotFound, (await hub.Registry.GetAsync(s_device, Cancelled)).Error?.Code);
}
