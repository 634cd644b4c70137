using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Fleet.Replication;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.Postgres;
using Nave.Fleet.Replication.Sinks.Sqlite;
using Nave.Fleet.Tests.Replication.Support;
using Nave.Testing;

namespace Nave.Fleet.Tests.Replication;

public sealed class ReplicatorTests(ReplicatedHub hub, PostgresFixture postgres) : IClassFixture<ReplicatedHub>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twins_that_were_there_and_what_happens_afterwards_are_both_replicated()
    {
        await using var sink = new PostgresSink(new PostgresSinkOptions { ConnectionString = await postgres.CreateDatabaseAsync() });
        var device = await hub.CreateAsync("boot-1");
        await hub.CreateAsync("boot-1", "m");
        await hub.CreateAsync("boot-2");
        await hub.Service.PatchTwinAsync(new IdentityId("boot-1"), RawJson.Parse("""{"tags":{"site":"a"},"properties":{"desired":{"x":{"y":1,"z":2}}}}"""), null, Token);
        var first = await CatchUpAsync(sink);
        Assert.True(first.Bootstrapped >= 3);
        Assert.Equal((0, 0), (first.Poison, first.LagEvents));
        Assert.Empty(await hub.CompareAsync(sink));

        await hub.ReportAsync(device, """{"temperature":21.50}""");
        await hub.Service.PatchTwinAsync(new IdentityId("boot-1"), RawJson.Parse("""{"properties":{"desired":{"x":{"y":null}}}}"""), null, Token);
        await hub.Service.PatchTwinAsync(new IdentityId("boot-1", "m"), RawJson.Parse("""{"tags":{"of":"module"}}"""), null, Token);
        await hub.Service.DeleteDeviceAsync(new IdentityId("boot-2"), null, Token);
        await hub.CreateAsync("boot-3");
        var second = await CatchUpAsync(sink);
        Assert.Null(second.Bootstrapped);
        Assert.True(second.Events >= 5, $"{second}");
        Assert.Empty(await hub.CompareAsync(sink));
        var document = await ReplicatedHub.LoadAsync(sink, "boot-1");
        Assert.Equal(("updateTwin", """{"site": "a"}"""), (document!.LastOperation, document.Tags.ToString()));
        Assert.Equal("""{"of": "module"}""", (await ReplicatedHub.LoadAsync(sink, "boot-1", "m"))!.Tags.ToString());
        Assert.True((await ReplicatedHub.LoadAsync(sink, "boot-2"))!.IsDeleted);

        // Nothing but the device that marks the end.
        var third = await CatchUpAsync(sink);
        Assert.Equal((1, 1), (third.Events, third.Documents));
    }

    [Fact]
    public async Task Instances_share_the_partitions_and_take_over_those_of_one_that_is_gone()
    {
        await using var sink = new PostgresSink(new PostgresSinkOptions { ConnectionString = await postgres.CreateDatabaseAsync() });
        using var stopFirst = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var stopSecond = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var events = hub.CreateEvents();
        await using var otherEvents = hub.CreateEvents();
        var first = Create(sink, events, "first");
        var second = Create(sink, otherEvents, "second");
        var running = first.RunAsync(untilCaughtUp: false, stopFirst.Token);
        await TestDeadline.UntilAsync(() => first.Summary.Partitions == 4, "the first instance has all partitions");
        var alsoRunning = second.RunAsync(untilCaughtUp: false, stopSecond.Token);
        await TestDeadline.UntilAsync(() => first.Summary.Partitions == 2 && second.Summary.Partitions == 2, "both have two");
        for (var i = 0; i < 20; i++)
        {
            await hub.CreateAsync($"share-{i}");
        }

        await TestDeadline.UntilAsync(() => first.Summary.Events + second.Summary.Events >= 20, "all events were read by one of them");
        await stopFirst.CancelAsync();
        await running.WaitAsync(TestDeadline.Default, Token);
        await TestDeadline.UntilAsync(() => second.Summary.Partitions == 4, "the second has all partitions");
        await hub.Service.PatchTwinAsync(new IdentityId("share-3"), RawJson.Parse("""{"tags":{"a":1}}"""), null, Token);
        await UntilEqualAsync(sink);
        await stopSecond.CancelAsync();
        await alsoRunning.WaitAsync(TestDeadline.Default, Token);
        Assert.Empty(await sink.ReadControlAsync("localhost/$Default/instance/", Token));
    }

    [Fact]
    public async Task A_target_that_goes_away_in_the_middle_loses_nothing()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var sink = new PostgresSink(new PostgresSinkOptions { ConnectionString = await server.CreateDatabaseAsync() });
        await using var events = hub.CreateEvents();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var replicator = Create(sink, events, "one");
        var running = replicator.RunAsync(untilCaughtUp: false, stop.Token);
        await TestDeadline.UntilAsync(() => replicator.Summary.Partitions == 4, "it has all partitions");
        for (var i = 0; i < 30; i++)
        {
            await hub.CreateAsync($"outage-{i}");
            if (i == 10)
            {
                await server.CrashAsync();
            }

            if (i == 20)
            {
                await server.RestartAsync();
            }
        }

        await UntilEqualAsync(sink);
        await stop.CancelAsync();
        await running.WaitAsync(TestDeadline.Default, Token);
    }

    [Fact]
    public async Task A_value_that_the_target_cannot_hold_is_set_aside_and_holds_nothing_up()
    {
        await using var sink = new PostgresSink(new PostgresSinkOptions { ConnectionString = await postgres.CreateDatabaseAsync() });
        await CatchUpAsync(sink);
        await hub.CreateAsync("nul-1");
        await hub.CreateAsync("nul-2");
        await hub.ReportAsync((await hub.Service.GetDeviceAsync(new IdentityId("nul-1"), Token))!, """{"text":"a\u0000b"}""");
        await hub.Service.PatchTwinAsync(new IdentityId("nul-2"), RawJson.Parse("""{"tags":{"a":1}}"""), null, Token);
        var summary = await CatchUpAsync(sink);
        Assert.Equal(0, summary.LagEvents);
        Assert.NotEqual(0, summary.Poison);
        var (count, poison) = await sink.ReadPoisonAsync(10, Token);
        Assert.Equal(count, summary.Poison);
        Assert.All(poison, each => Assert.Equal("nul-1", each.DeviceId));
        Assert.Equal(3, (await ReplicatedHub.LoadAsync(sink, "nul-2"))!.Version);
        await hub.Service.DeleteDeviceAsync(new IdentityId("nul-1"), null, Token);
        await CatchUpAsync(sink);
        Assert.Empty(await hub.CompareAsync(sink));
    }

    [Fact]
    public async Task History_has_old_and_new_values()
    {
        using var folder = new TemporaryFolder();
        await using var sink = new SqliteSink(new SqliteSinkOptions { Path = folder.File("twins.db") });
        await CatchUpAsync(sink, history: true);
        await hub.CreateAsync("past");
        var id = new IdentityId("past");
        await hub.Service.PatchTwinAsync(id, RawJson.Parse("""{"properties":{"desired":{"a":{"b":1}}}}"""), null, Token);
        await hub.Service.PatchTwinAsync(id, RawJson.Parse("""{"properties":{"desired":{"a":{"b":2,"c":"x"}}}}"""), null, Token);
        await hub.Service.PatchTwinAsync(id, RawJson.Parse("""{"properties":{"desired":{"a":null}}}"""), null, Token);
        await hub.Service.DeleteDeviceAsync(id, null, Token);
        await CatchUpAsync(sink, history: true);
        Assert.Equal(
            [
                "2 deleted:  -> false", "3 desired.a.b:  -> 1", "4 desired.a.b: 1 -> 2", "4 desired.a.c:  -> \"x\"",
                "5 desired.a.b: 2 -> ", "5 desired.a.c: \"x\" -> ", "5 deleted: false -> true",
            ],
            (await sink.ReadHistoryAsync(id, Token)).Select(entry => $"{entry.Version} {entry.Path}: {entry.Old} -> {entry.New}"));
    }

    [Fact]
    public async Task A_comparison_finds_what_differs_and_repairs_it()
    {
        using var folder = new TemporaryFolder();
        await using var sink = new SqliteSink(new SqliteSinkOptions { Path = folder.File("twins.db") });
        foreach (var id in (string[])["verify-1", "verify-2", "verify-3"])
        {
            await hub.CreateAsync(id);
        }

        await CatchUpAsync(sink);
        var stored = (await sink.LoadAsync([new IdentityId("verify-1"), new IdentityId("verify-2")], Token)).ToDictionary(each => each.Document.Id);
        var other = Twins.Document("verify-extra");
        Assert.True((await sink.WriteAsync(
            new SinkWrite
            {
                Documents =
                [
                    new(stored["verify-1"].Document with { Version = 90, Tags = RawJson.Parse("""{"wrong":1}""") }, stored["verify-1"].Token),
                    new(stored["verify-2"].Document with { IsDeleted = true }, stored["verify-2"].Token),
                    new(other, null),
                ],
            },
            Token)).IsWritten);
        var found = await hub.CompareAsync(sink);
        Assert.Equal(3, found.Count);
        Assert.Contains(found, line => line.StartsWith("verify-1 Different: its version is 90; in the hub it is 2, its tags are others", StringComparison.Ordinal));
        Assert.Contains("verify-2 Missing: the target has it as deleted", found);
        Assert.Contains("verify-extra Extra: the hub does not have it", found);
        await hub.CompareAsync(sink, repair: true);
        Assert.Empty(await hub.CompareAsync(sink));
    }

    private Replicator Create(IReplicaSink sink, Client.EventsClient events, string instance, bool history = false) => new(
        new ReplicationOptions { HubName = "localhost", Instance = instance, KeepHistory = history, LeaseDuration = TimeSpan.FromSeconds(2), CheckpointDelay = TimeSpan.FromMilliseconds(50) },
        events, hub.Service, sink, TimeProvider.System, NullLogger.Instance);

    private async Task<ReplicationSummary> CatchUpAsync(IReplicaSink sink, bool history = false)
    {
        await hub.ReadEventsAsync();
        await using var events = hub.CreateEvents();
        return await Create(sink, events, "one", history).RunAsync(untilCaughtUp: true, Token).WaitAsync(TestDeadline.Default, Token);
    }

    private async Task UntilEqualAsync(IReplicaSink sink)
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        while ((await hub.CompareAsync(sink)) is { Count: > 0 } differences)
        {
            Assert.False(deadline.IsCancellationRequested, string.Join('\n', differences));
            await Task.Delay(50, Token);
        }
    }
}
