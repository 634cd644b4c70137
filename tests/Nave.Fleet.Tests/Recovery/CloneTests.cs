using System.Text.Json;
using Nave.Api;
using Nave.Fleet.Recovery;

namespace Nave.Fleet.Tests.Recovery;

public sealed class CloneTests(TwoHubs server) : IClassFixture<TwoHubs>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_has_keys_scopes_modules_twins_what_was_reported_and_configurations()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await hubs.Source.CreateConfigurationAsync(HubPairUnderTest.ConfigurationOf("fast", "tags.site = 'rome'"), Cancellation);
        await hubs.UntilAsync(async () => (await hubs.Source.GetTwinAsync(new IdentityId("a-leaf"), Cancellation)).ToString().Contains("\"fast\":true", StringComparison.Ordinal));
        var report = await hubs.CloneAsync();
        Assert.Equal((5L, 3L, 1, 0L, 0L), (report.Devices, report.Modules, report.Configurations, report.Failed, report.Differences));
        await hubs.SameAsync();

        var before = (await hubs.Source.GetDeviceAsync(new IdentityId("a-leaf"), Cancellation))!;
        await using var device = hubs.Device(hubs.Target, before);
        await device.ConnectAsync(Cancellation);
        await device.SendEventAsync("x"u8.ToArray(), null, Cancellation);
        Assert.Equal("fast", Assert.Single(await hubs.Target.ListConfigurationsAsync(100, Cancellation)).Id);
    }

    [Fact]
    public async Task A_target_that_has_devices_is_left_alone_unless_that_is_said()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await hubs.Target.CreateDeviceAsync(new DeviceIdentity { DeviceId = "off" }, Cancellation);
        await hubs.Target.CreateDeviceAsync(new DeviceIdentity { DeviceId = "own" }, Cancellation);
        var refused = await Assert.ThrowsAsync<RecoveryException>(() => hubs.CloneAsync());
        Assert.Contains("has 2 devices", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await hubs.Target.GetStatisticsAsync(Cancellation)).TotalDeviceCount);

        var resumed = await hubs.CloneAsync(new CloneOptions { Resume = true });
        Assert.Equal((1L, 1L, 1L), (resumed.Failed, resumed.Differences, resumed.Extra));
        Assert.All(resumed.Problems, problem => Assert.Equal("off", problem.Id));
        Assert.Equal(DeviceStatus.Enabled, (await hubs.Target.GetDeviceAsync(new IdentityId("off"), Cancellation))!.Status);

        var overwritten = await hubs.CloneAsync(new CloneOptions { Overwrite = true });
        Assert.Equal((0L, 0L, 1L, 1L), (overwritten.Failed, overwritten.Differences, overwritten.Extra, overwritten.Written));
        Assert.NotNull(await hubs.Target.GetDeviceAsync(new IdentityId("own"), Cancellation));
    }

    [Fact]
    public async Task A_clone_that_was_cut_off_goes_on_and_a_second_one_writes_nothing()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        using (var cut = new CancellationTokenSource())
        {
            var options = new CloneOptions { Progress = _ => cut.Cancel() };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
                await new HubCloner(await hubs.OpenSourceAsync(), await hubs.OpenTargetAsync(), options).RunAsync(cut.Token));
        }

        Assert.True((await hubs.CloneAsync(new CloneOptions { Resume = true })).IsClean);
        var again = await hubs.CloneAsync(new CloneOptions { Resume = true });
        Assert.Equal((0L, true), (again.Written, again.IsClean));
    }

    [Fact]
    public async Task A_difference_is_found_and_no_key_is_told()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await hubs.CloneAsync();
        var other = (await hubs.Target.GetDeviceAsync(new IdentityId("a-leaf"), Cancellation))!;
        var key = Convert.ToBase64String(new byte[32]);
        await hubs.Target.UpdateDeviceAsync(
            other with { Authentication = new DeviceAuthentication { Type = AuthenticationType.Sas, SymmetricKey = new SymmetricKeys { PrimaryKey = key, SecondaryKey = key } } },
            null,
            Cancellation);
        await hubs.PatchAsync(hubs.Target, "cert", """{"tags":{"x":1}}""");
        await hubs.Target.DeleteDeviceAsync(new IdentityId("ca"), null, Cancellation);
        var report = await hubs.CloneAsync(new CloneOptions { Resume = true });
        Assert.Equal(2, report.Differences);
        Assert.Equal(["a-leaf", "cert"], report.Problems.Select(problem => problem.Id).Distinct().Order(StringComparer.Ordinal));
        var json = JsonSerializer.Serialize(report);
        Assert.DoesNotContain(key, json, StringComparison.Ordinal);
        Assert.DoesNotContain(other.Authentication!.SymmetricKey!.PrimaryKey!, json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_without_our_own_interfaces_is_cloned_by_queries_and_bulk_calls()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        var (source, target) = (HubRegistry.Assume(hubs.Source, isNave: false), HubRegistry.Assume(hubs.Target, isNave: false));
        var report = await new HubCloner(source, target, new CloneOptions()).RunAsync(Cancellation);
        Assert.Empty(report.Problems);
        Assert.Equal((5L, 3L, 0L), (report.Devices, report.Modules, report.Differences));
        await hubs.SameAsync();

        // What a service cannot change there is told, and the rest is done.
        await using (var device = hubs.Device(hubs.Source, (await hubs.Source.GetDeviceAsync(new IdentityId("a-leaf"), Cancellation))!))
        {
            await device.ConnectAsync(Cancellation);
            await device.PatchReportedAsync(RawJson.Parse("""{"fw":"1.3"}"""), null, Cancellation);
        }

        await hubs.PatchAsync(hubs.Source, "a-leaf", """{"tags":{"site":null,"new":1}}""");
        var second = await new HubCloner(source, target, new CloneOptions { Overwrite = true }).RunAsync(Cancellation);
        Assert.Equal("1", await hubs.TagAsync(hubs.Target, "a-leaf", "new"));
        Assert.Equal("", await hubs.TagAsync(hubs.Target, "a-leaf", "site"));
        Assert.Contains(second.Problems, problem => problem.Id == "a-leaf" && problem.Reason.Contains("reported", StringComparison.Ordinal));
        Assert.False(second.IsClean);
    }

    [Fact]
    public async Task The_source_is_deleted_whole_and_one_hub_is_not_cloned_to_itself()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await Assert.ThrowsAsync<RecoveryException>(async () =>
            await new HubCloner(await hubs.OpenSourceAsync(), await hubs.OpenSourceAsync(), new CloneOptions()).RunAsync(Cancellation));
        Assert.Equal(5, await SourceDeletion.RunAsync(await hubs.OpenSourceAsync(), Cancellation));
        Assert.Empty(await HubPairUnderTest.ReadAsync(hubs.Source));
    }
}
