using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Client;
using Nave.Fleet.Replication;
using Nave.Fleet.Replication.Events;
using Nave.Fleet.Replication.Running;
using Nave.Fleet.Replication.Sinks.Sqlite;
using Nave.Fleet.Tests.Replication.Support;
using Nave.Testing;

namespace Nave.Fleet.Tests.Replication;

public sealed class PoisonEventTests
{
    [Theory]
    [InlineData("d1", "updateTwin", "{", "is not JSON")]
    [InlineData("d1", "updateTwin", "", "is not JSON")]
    [InlineData("d1", "updateTwin", "[]", "an object is needed")]
    [InlineData("d1", "updateTwin", "{}", "has no version")]
    [InlineData("d1", "updateTwin", """{"version":"7"}""", "version is not a whole number")]
    [InlineData("d1", "updateTwin", """{"version":-1}""", "version is not a whole number")]
    [InlineData("d1", "updateTwin", """{"version":3,"version":4}""", "is not JSON")]
    [InlineData("d1", "updateTwin", """{"version":3,"tags":7}""", "tags are Number")]
    [InlineData("d1", "updateTwin", """{"version":3,"properties":[]}""", "properties are Array")]
    [InlineData("d1", "updateTwin", """{"version":3,"properties":{"reported":"x"}}""", "reported properties are String")]
    [InlineData("d1", "explodeTwin", """{"version":3}""", "'explodeTwin'")]
    [InlineData("d1", null, """{"version":3}""", "opType is ''")]
    [InlineData(null, "updateTwin", """{"version":3}""", "names no device")]
    public void What_cannot_be_understood_is_told_and_not_guessed(string? device, string? operation, string body, string part)
    {
        Assert.False(TwinEventReader.TryRead(RawEvent.Of(1, "twinChangeEvents", device, operation, body), out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_is_cut_to_what_every_target_keeps()
    {
        Assert.True(TwinEventReader.TryRead(RawEvent.Of(1, "twinChangeEvents", "d1", "updateTwin", """{"version":3}"""), out var change, out _));
        using (change)
        {
            Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1_234_560), change.Time);
        }
    }

    [Fact]
    public async Task A_bad_event_is_set_aside_whole_and_the_others_go_on()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var sink = new SqliteSink(new SqliteSinkOptions { Path = folder.File("twins.db") });
        await sink.OpenAsync(token);
        var context = new ReplicationContext
        {
            Options = new ReplicationOptions { HubName = "h" },
            Events = null!, // Writing reads no stream,
            Hub = null!, // and asks the hub nothing as long as nothing is missing.
            Twins = new HubTwinReader(null!), // As above.
            Sink = sink,
            Time = TimeProvider.System,
            Logger = NullLogger.Instance,
        };
        var counters = new ReplicationCounters();
        ReceivedEvent[] batch =
        [
            RawEvent.Of(5, "deviceLifecycleEvents", "d1", "createDeviceIdentity", Told.Whole(2)),
            RawEvent.Of(6, "twinChangeEvents", "d1", "updateTwin", "not json"),
            RawEvent.Of(7, "Telemetry", "d1", null, "not json either"),
            RawEvent.Of(8, "twinChangeEvents", "d1", "updateTwin", """{"version":3,"tags":{"a":1}}"""),
        ];
        for (var times = 0; times < 2; times++)
        {
            // The second time as after a crash behind the write and before the checkpoint.
            var found = (await sink.ReadControlAsync(context.KeyOf("partition", "0"), token)).SingleOrDefault();
            var lease = await PartitionLease.TryTakeAsync(context, "0", found, token);
            await new BatchWriter(context, lease!, counters).WriteAsync(batch, token); // Nobody else is there.
            Assert.Equal(8, lease!.Record.Sequence); // As above.
        }

        var document = await ReplicatedHub.LoadAsync(sink, "d1");
        Assert.Equal((3, """{"a":1}"""), (document!.Version, document.Tags.ToString()));
        var (count, poison) = await sink.ReadPoisonAsync(10, token);
        Assert.Equal((1, 6L, "d1", "updateTwin", "not json"), (count, poison[0].SequenceNumber, poison[0].DeviceId, poison[0].Operation, Encoding.UTF8.GetString(poison[0].Body.Span)));
        Assert.Equal((0, 1), (await sink.ReadControlAsync("other/", token) is { Count: var none } ? none : -1, (await sink.ReadControlAsync("h/$Default/", token)).Count));
    }

    [Fact]
    public async Task Who_lost_the_lease_writes_nothing()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        await using var sink = new SqliteSink(new SqliteSinkOptions { Path = folder.File("twins.db") });
        await sink.OpenAsync(token);
        ReplicationContext Of(string instance) => new()
        {
            Options = new ReplicationOptions { HubName = "h", Instance = instance },
            Events = null!, // As above.
            Hub = null!, // As above.
            Twins = new HubTwinReader(null!), // As above.
            Sink = sink,
            Time = TimeProvider.System,
            Logger = NullLogger.Instance,
        };
        var old = await PartitionLease.TryTakeAsync(Of("old"), "0", null, token);
        var found = Assert.Single(await sink.ReadControlAsync("h/", token));
        Assert.NotNull(await PartitionLease.TryTakeAsync(Of("new"), "0", found, token));
        await Assert.ThrowsAsync<LeaseLostException>(() => new BatchWriter(Of("old"), old!, new ReplicationCounters()).WriteAsync( // It was taken.
            [RawEvent.Of(5, "deviceLifecycleEvents", "d1", "createDeviceIdentity", Told.Whole(2))], token));
        Assert.Null(await ReplicatedHub.LoadAsync(sink, "d1"));
    }
}
