using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub.Security;
using Nave.Storage;
using Nave.Storage.Sqlite;
using static Nave.Hub.Tests.Provisioning.ProvisioningFixture;

namespace Nave.Hub.Tests.Provisioning;

/// <summary>A registration is killed at each of its commits; repeated after a restart it has to end as if nothing had been.</summary>
public sealed class InterruptionTests
{
    private static readonly IdentityId s_device = new("d1");

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    public async Task A_first_registration_that_was_killed_ends_right_when_it_is_repeated(int commit, bool afterwards)
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var enrollment = await fixture.EnrollAsync(Keyed("d1") with { InitialTwin = Twin("""{"site":"rome"}""", """{"rate":5}""") });
        await KillAsync(fixture, enrollment, commit, afterwards);
        var generation = (await fixture.Hubs.GetAsync(s_device)).GenerationId;

        var state = Assigned(await fixture.RegisterAsync(enrollment));
        Assert.Equal((TestHub.HostName, RegistrationSubstatus.InitialAssignment), (state.AssignedHub, state.Substatus));
        Assert.Equal(generation, (await fixture.Hubs.GetAsync(s_device)).GenerationId);
        Assert.Contains("\"rate\":5", await TwinAsync(fixture.Hubs.Hub), StringComparison.Ordinal);
        Assert.Equal(1, (await fixture.Hubs.Hub.Registry.GetStatisticsAsync(Cancelled)).TotalDeviceCount);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task A_move_that_was_killed_leaves_one_identity_with_all_its_data_when_it_is_repeated(int commit, bool afterwards)
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var second = await fixture.AddHubAsync();
        var enrollment = await fixture.EnrollAsync(Keyed("d1") with { IotHubHostName = TestHub.HostName });
        Assigned(await fixture.RegisterAsync(enrollment));
        Value(await fixture.Hubs.Hub.Twins.PatchReportedAsync(s_device, """{"heat":40}"""u8.ToArray(), null, Cancelled));
        await fixture.EnrollAsync(enrollment with { IotHubHostName = SecondHub }, "*");
        await KillAsync(fixture, enrollment, commit, afterwards);

        Assert.Equal(SecondHub, Assigned(await fixture.RegisterAsync(enrollment)).AssignedHub);
        Assert.True(fixture.Hubs.Host.TryFind(SecondHub, out second));
        Assert.Contains("\"heat\":40", await TwinAsync(second), StringComparison.Ordinal);
        Assert.Equal(HubErrorCode.DeviceNotFound, (await fixture.Hubs.Hub.Registry.GetAsync(s_device, Cancelled)).Error?.Code);
        await foreach (var (record, _) in fixture.Service.Registrations.ReadLeavingAsync(Cancelled))
        {
            Assert.Fail($"'{record.Id}' still has to leave {record.LeavingHub}.");
        }
    }

    [Fact]
    public async Task What_a_killed_move_left_behind_is_removed_at_the_next_start_without_the_device()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        await fixture.AddHubAsync();
        var enrollment = await fixture.EnrollAsync(Keyed("d1") with { IotHubHostName = TestHub.HostName });
        Assigned(await fixture.RegisterAsync(enrollment));
        await fixture.EnrollAsync(enrollment with { IotHubHostName = SecondHub }, "*");
        await KillAsync(fixture, enrollment, 1, afterwards: true);
        using var deadline = new CancellationTokenSource(Nave.Testing.TestDeadline.Default);
        while ((await fixture.Hubs.Hub.Registry.GetAsync(s_device, deadline.Token)).IsSuccess)
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task Many_registrations_of_one_device_at_once_are_one_assignment()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        await fixture.AddHubAsync();
        var enrollment = await fixture.EnrollAsync(Keyed("d1") with { InitialTwin = Twin("""{"site":"rome"}""", "{}") });
        var states = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => fixture.RegisterAsync(enrollment))));
        Assert.Single(states.Select(operation => Assigned(operation).AssignedHub).Distinct());
        var counts = await Task.WhenAll(fixture.Hubs.Host.Hubs.Select(hub => hub.Registry.GetStatisticsAsync(Cancelled).AsTask()));
        Assert.Equal(1, counts.Sum(count => count.TotalDeviceCount));
    }

    [Fact]
    public async Task Registrations_of_many_devices_go_side_by_side_and_their_identities_connect()
    {
        await using var fixture = await ProvisioningFixture.OpenAsync();
        var group = await fixture.EnrollAsync(KeyedGroup("line"));
        await Parallel.ForAsync(0, 300, Cancelled, async (i, _) =>
        {
            Assigned(await fixture.RegisterAsync(group, $"d{i}"));
            var identity = await fixture.Hubs.GetAsync(new IdentityId($"d{i}"));
            Assert.Null((await fixture.Hubs.AuthenticateAsync(identity.Id, fixture.Hubs.TokenOf(identity))).Error);
        });
    }

    private static async Task KillAsync(ProvisioningFixture fixture, IndividualEnrollment enrollment, int commit, bool afterwards)
    {
        await fixture.Service.DisposeAsync();
        var real = await SqliteStateStore.OpenAsync(
            new SqliteStateOptions { Path = Path.Combine(fixture.Hubs.DataFolder, "dps", "state.db") }, NullLogger<SqliteStateStore>.Instance, Cancelled);
        var store = new FailingStore(real, commit, afterwards);
        await fixture.ReopenOnAsync(store);
        var device = Value(await fixture.AuthenticateAsync("d1", new DeviceCredential(fixture.Token(enrollment))));
        try
        {
            await fixture.Service.RegisterAsync(device, default, Cancelled);
        }
        catch (StorageUnavailableException)
        {
            // As it should be.
        }

        await Nave.Testing.TestDeadline.UntilAsync(() => store.HasFailed, "the commit that fails");
        await fixture.RestartAsync();
    }

    private static async Task<string> TwinAsync(IotHub hub) => Encoding.UTF8.GetString(Value(await hub.Twins.GetAsync(s_device, Cancelled)).Span);
}
