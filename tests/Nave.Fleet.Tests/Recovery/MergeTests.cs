using Nave.Api;
using Nave.Fleet.Recovery;

namespace Nave.Fleet.Tests.Recovery;

public sealed class MergeTests(TwoHubs server) : IClassFixture<TwoHubs>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_hub_has_changed_goes_to_the_other_and_what_both_have_changed_is_told_and_stays()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await PromoteAsync(hubs);
        await hubs.PatchAsync(hubs.Source, "a-leaf", """{"tags":{"site":"old"}}""");
        await hubs.PatchAsync(hubs.Target, "a-leaf", """{"properties":{"desired":{"interval":9}}}""");
        await hubs.PatchAsync(hubs.Source, "cert", """{"tags":{"by":"old"}}""");
        await hubs.PatchAsync(hubs.Target, "cert", """{"tags":{"by":"new"}}""");
        await hubs.Target.CreateDeviceAsync(new DeviceIdentity { DeviceId = "born" }, Cancellation);
        await hubs.Target.DeleteDeviceAsync(new IdentityId("ca"), null, Cancellation);
        await hubs.Source.DeleteDeviceAsync(new IdentityId("off"), null, Cancellation);
        await hubs.PatchAsync(hubs.Target, "off", """{"tags":{"kept":1}}""");

        // 1. Told, nothing written.
        var found = new List<MergeItem>();
        var told = await hubs.MergeAsync(options => options with { Found = found.Add });
        Assert.Equal((3L, 1L, 2L, false), (told.ToOld, told.ToNew, told.Conflicts, told.Applied));
        Assert.Equal(["a-leaf", "born", "ca", "cert", "off"], found.Select(item => item.Id));
        Assert.Null(await hubs.Source.GetDeviceAsync(new IdentityId("born"), Cancellation));
        var tags = Assert.Single(found.Single(item => item.Id == "cert").Parts);
        Assert.Equal((RegistryPart.Tags, MergeAction.Conflict), (tags.Part, tags.Action));
        Assert.Equal(("old", "new"), (tags.Old!.Value.GetProperty("by").GetString(), tags.New!.Value.GetProperty("by").GetString()));

        // 2. Written, conflicts left as they are.
        await hubs.MergeAsync(options => options with { Apply = true });
        Assert.Equal("old", await hubs.TagAsync(hubs.Target, "a-leaf", "site"));
        Assert.NotNull(await hubs.Source.GetDeviceAsync(new IdentityId("born"), Cancellation));
        Assert.Null(await hubs.Source.GetDeviceAsync(new IdentityId("ca"), Cancellation));
        Assert.Equal(("old", "new"), (await hubs.TagAsync(hubs.Source, "cert", "by"), await hubs.TagAsync(hubs.Target, "cert", "by")));
        Assert.Null(await hubs.Source.GetDeviceAsync(new IdentityId("off"), Cancellation));
        Assert.NotNull(await hubs.Target.GetDeviceAsync(new IdentityId("off"), Cancellation));

        // 3. Decided, one by one or all.
        var decided = await hubs.MergeAsync(options => options with
        {
            Apply = true, Prefer = MergeSide.New, Choices = new Dictionary<string, MergeSide> { ["cert"] = MergeSide.Old },
        });
        Assert.Equal((0L, 0L), (decided.Conflicts, decided.Failed));
        Assert.Equal("old", await hubs.TagAsync(hubs.Target, "cert", "by"));
        Assert.Equal("1", await hubs.TagAsync(hubs.Source, "off", "kept"));
        await hubs.SameAsync();
        var again = await hubs.MergeAsync();
        Assert.Equal((0L, 0L, 0L), (again.ToOld, again.ToNew, again.Conflicts));

        // 4. What both had in common is what it is now: a later change of one is no conflict.
        await hubs.PatchAsync(hubs.Source, "cert", """{"tags":{"by":"later"}}""");
        Assert.Equal((0L, 1L), ((await hubs.MergeAsync()).Conflicts, (await hubs.MergeAsync()).ToNew));
    }

    [Fact]
    public async Task Both_hubs_doing_the_same_is_no_conflict()
    {
        await using var hubs = await server.NewPairAsync();
        await hubs.FillAsync();
        await PromoteAsync(hubs);
        foreach (var hub in new[] { hubs.Source, hubs.Target })
        {
            await hubs.PatchAsync(hub, "a-leaf", """{"tags":{"site":"milan"}}""");
        }

        var report = await hubs.MergeAsync(options => options with { Apply = true });
        Assert.Equal((0L, 0L, 0L, 8L), (report.Conflicts, report.ToOld, report.ToNew, report.Same));
        await hubs.PatchAsync(hubs.Target, "a-leaf", """{"tags":{"site":"turin"}}""");
        Assert.Equal((0L, 1L), ((await hubs.MergeAsync()).Conflicts, (await hubs.MergeAsync()).ToOld));
    }

    [Fact]
    public async Task A_folder_of_no_mirror_or_of_another_one_is_refused()
    {
        await using var hubs = await server.NewPairAsync();
        await Assert.ThrowsAsync<RecoveryException>(() => hubs.MergeAsync());
        await PromoteAsync(hubs);
        await using var others = await server.NewPairAsync();
        var refused = await Assert.ThrowsAsync<RecoveryException>(() => others.MergeAsync(options => options with { Folder = hubs.Folder }));
        Assert.Contains(hubs.Source.HostName, refused.Message, StringComparison.Ordinal);
    }

    private static async Task PromoteAsync(HubPairUnderTest hubs)
    {
        await using (var mirror = await hubs.OpenMirrorAsync())
        {
            var running = mirror.RunAsync(Cancellation);
            await hubs.SameAsync();
            new MirrorFolder(hubs.Folder).RequestPromotion();
            Assert.NotNull(await running);
        }

        await hubs.Source.SetStandbyAsync(false, Cancellation); // As after a cut network: both were active.
    }
}
