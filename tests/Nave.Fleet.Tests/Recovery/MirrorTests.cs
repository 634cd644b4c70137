using Nave.Api;
using Nave.Fleet.Recovery;

namespace Nave.Fleet.Tests.Recovery;

public sealed class MirrorTests(TwoHubs server) : IClassFixture<TwoHubs>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mirror_follows_everything_that_happens_to_a_registry()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await using var mirror = await hubs.OpenMirrorAsync();
        using var stop = new CancellationTokenSource();
        var running = mirror.RunAsync(stop.Token);
        await hubs.SameAsync();
        Assert.True(await hubs.Target.GetStandbyAsync(Cancellation));

        // 1. What raises events: twins, devices made, deleted and made again, modules.
        await hubs.PatchAsync(hubs.Source, "a-leaf", """{"tags":{"site":null},"properties":{"desired":{"interval":6}}}""");
        await hubs.Source.CreateDeviceAsync(new DeviceIdentity { DeviceId = "late" }, Cancellation);
        await hubs.Source.DeleteDeviceAsync(new IdentityId("cert"), null, Cancellation);
        await hubs.Source.CreateDeviceAsync(new DeviceIdentity { DeviceId = "cert" }, Cancellation);
        await hubs.Source.DeleteDeviceAsync(new IdentityId("ca"), null, Cancellation);
        await hubs.Source.DeleteDeviceAsync(new IdentityId("edge", "filter"), null, Cancellation);
        await hubs.Source.CreateDeviceAsync(new DeviceIdentity { DeviceId = "late", ModuleId = "m" }, Cancellation);
        await using (var device = hubs.Device(hubs.Source, (await hubs.Source.GetDeviceAsync(new IdentityId("late"), Cancellation))!))
        {
            await device.ConnectAsync(Cancellation);
            await device.PatchReportedAsync(RawJson.Parse("""{"up":true}"""), null, Cancellation);
        }

        await hubs.SameAsync();

        // 2. What raises none: keys, status, configurations.
        var late = (await hubs.Source.GetDeviceAsync(new IdentityId("late"), Cancellation))!;
        await hubs.Source.UpdateDeviceAsync(late with { Status = DeviceStatus.Disabled, Authentication = null }, null, Cancellation);
        await hubs.Source.CreateConfigurationAsync(HubPairUnderTest.ConfigurationOf("c", ""), Cancellation);
        await hubs.SameAsync();
        await hubs.UntilAsync(async () => (await hubs.Target.ListConfigurationsAsync(100, Cancellation)).Count == 1);
        await hubs.Source.DeleteConfigurationAsync("c", null, Cancellation);
        await hubs.UntilAsync(async () => (await hubs.Target.ListConfigurationsAsync(100, Cancellation)).Count == 0);
        Assert.Equal((0L, 0L), (mirror.Status.Conflicts, mirror.Status.Problems));
        await stop.CancelAsync();
        Assert.Null(await running);
        Assert.Equal(MirrorPhase.Stopped, new MirrorFolder(hubs.Folder).ReadStatus()!.Phase);
    }

    [Fact]
    public async Task A_mirror_that_was_away_catches_up_and_takes_nothing_that_is_not_its_own()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await hubs.Target.CreateDeviceAsync(new DeviceIdentity { DeviceId = "own" }, Cancellation);
        await hubs.Target.CreateDeviceAsync(new DeviceIdentity { DeviceId = "off" }, Cancellation);
        await RunUntilAsync(hubs, mirror => mirror.Status.Compared is not null);
        Assert.Equal(DeviceStatus.Enabled, (await hubs.Target.GetDeviceAsync(new IdentityId("off"), Cancellation))!.Status);

        await hubs.Source.DeleteDeviceAsync(new IdentityId("a-leaf"), null, Cancellation);
        await hubs.PatchAsync(hubs.Source, "cert", """{"tags":{"x":1}}""");
        await hubs.Source.CreateDeviceAsync(new DeviceIdentity { DeviceId = "new" }, Cancellation);
        await RunUntilAsync(hubs, mirror => mirror.Status.Compared is not null);
        Assert.Null(await hubs.Target.GetDeviceAsync(new IdentityId("a-leaf"), Cancellation));
        Assert.NotNull(await hubs.Target.GetDeviceAsync(new IdentityId("new"), Cancellation));
        Assert.NotNull(await hubs.Target.GetDeviceAsync(new IdentityId("own"), Cancellation));
        Assert.Equal("1", await hubs.TagAsync(hubs.Target, "cert", "x"));
        Assert.Equal(1, new MirrorFolder(hubs.Folder).ReadStatus()!.Conflicts);

        await RunUntilAsync(hubs, mirror => mirror.Status.Compared is not null, options => options with { Overwrite = true });
        Assert.Equal(DeviceStatus.Disabled, (await hubs.Target.GetDeviceAsync(new IdentityId("off"), Cancellation))!.Status);
    }

    [Fact]
    public async Task A_promotion_fences_the_source_takes_its_last_changes_and_lets_devices_in()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        var mirror = await hubs.OpenMirrorAsync();
        await using (mirror)
        {
            var running = mirror.RunAsync(Cancellation);
            await hubs.SameAsync();
            await Assert.ThrowsAsync<FolderBusyException>(() => hubs.OpenMirrorAsync());
            await hubs.PatchAsync(hubs.Source, "a-leaf", """{"tags":{"last":"moment"}}""");
            new MirrorFolder(hubs.Folder).RequestPromotion();
            var promotion = (await running)!;
            Assert.Equal((true, true, 0L), (promotion.SourceFenced, promotion.Drained, promotion.LagEvents));
        }

        await hubs.SameAsync();
        Assert.Equal("moment", await hubs.TagAsync(hubs.Target, "a-leaf", "last"));
        Assert.True(await hubs.Source.GetStandbyAsync(Cancellation));
        Assert.False(await hubs.Target.GetStandbyAsync(Cancellation));
        Assert.Equal(hubs.Target.HostName, new MirrorFolder(hubs.Folder).ReadPromotion()!.Target);
        var refused = await Assert.ThrowsAsync<RecoveryException>(() => hubs.OpenMirrorAsync());
        Assert.Contains("was promoted", refused.Message, StringComparison.Ordinal);

        // The clients of a device follow by themselves.
        await using var device = hubs.Device(hubs.Target, (await hubs.Source.GetDeviceAsync(new IdentityId("a-leaf"), Cancellation))!);
        await device.ConnectAsync(Cancellation);
    }

    [Fact]
    public async Task A_mirror_that_does_not_run_is_promoted_too()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await RunUntilAsync(hubs, mirror => mirror.Status.Compared is not null);
        await hubs.PatchAsync(hubs.Source, "a-leaf", """{"tags":{"last":"moment"}}""");
        Assert.False(await new MirrorFolder(hubs.Folder).IsInUseAsync(Cancellation));
        await using var mirror = await hubs.OpenMirrorAsync(options => options with { Fence = false });
        var promotion = await mirror.PromoteAsync(Cancellation);
        Assert.Equal((false, true), (promotion.SourceFenced, promotion.Drained));
        Assert.Equal("moment", await hubs.TagAsync(hubs.Target, "a-leaf", "last"));
    }

    private static async Task RunUntilAsync(HubPairUnderTest hubs, Func<HubMirror, bool> isDone, Func<MirrorOptions, MirrorOptions>? change = null)
    {
        await using var mirror = await hubs.OpenMirrorAsync(change);
        using var stop = new CancellationTokenSource();
        var running = mirror.RunAsync(stop.Token);
        await hubs.UntilAsync(() => Task.FromResult(isDone(mirror)));
        await stop.CancelAsync();
        Assert.Null(await running);
    }
}
