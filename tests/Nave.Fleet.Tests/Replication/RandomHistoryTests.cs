using System.Globalization;
using System.Text.Json;
using Nave.Client;
using Nave.Fleet.Replication.Events;
using Nave.Fleet.Replication.Folding;
using Nave.Fleet.Replication.Running;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.Sqlite;
using Nave.Fleet.Tests.Replication.Support;
using Nave.Testing;

namespace Nave.Fleet.Tests.Replication;

/// <summary>
/// Random histories of devices on a real hub, their events shuffled, held back, repeated and lost: the target ends where the hub is, without a
/// repair if no event was lost and the hub says which life of an id an event is of. 500 in all; NAVE_HISTORIES says how many.
/// </summary>
public sealed class RandomHistoryTests
{
    private const int Phases = 3;
    private const int StepsEach = 4;

    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("NAVE_HISTORIES"), CultureInfo.InvariantCulture, out var count) ? count : 500;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whatever_order_events_come_in_the_target_ends_where_the_hub_is(bool withGenerations)
    {
        using var folder = new TemporaryFolder();
        await using var sink = new SqliteSink(new SqliteSinkOptions { Path = folder.File("twins.db") });
        await sink.OpenAsync(CancellationToken.None);
        var hub = new ReplicatedHub();
        await hub.InitializeAsync();
        await using var hubLife = hub;
        var random = new Random(withGenerations ? 11 : 12);
        var histories = Enumerable.Range(0, Count / 2).ToDictionary(i => $"history-{i}", i => new RandomHistory(hub, $"history-{i}", i), StringComparer.Ordinal);
        var waiting = new List<ReceivedEvent>();
        var starts = new Dictionary<string, EventPosition>();
        var lost = 0;
        for (var phase = 0; phase < Phases; phase++)
        {
            // 1. Something happens on the hub.
            await Parallel.ForEachAsync(histories.Values, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (history, _) => await history.RunAsync(StepsEach));

            // 2. Its events: some never come, some come twice, some much later.
            foreach (var each in await hub.ReadEventsAsync(starts))
            {
                starts[each.PartitionId] = EventPosition.FromSequenceNumber(each.SequenceNumber);
                if (!TwinEventReader.IsWanted(each))
                {
                    continue;
                }

                var isLost = histories.TryGetValue(each.DeviceId!, out var history) && history.LosesEvents && random.Next(8) == 0; // Such events name a device.
                lost += isLost ? 1 : 0;
                for (var times = isLost ? 0 : random.Next(5) == 0 ? 2 : 1; times > 0; times--)
                {
                    waiting.Add(each);
                }
            }

            random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(waiting));
            var now = phase == Phases - 1 ? waiting.Count : waiting.Count * 7 / 10;
            await FeedAsync(waiting[..now], withGenerations, random, sink, hub);
            waiting.RemoveRange(0, now);
        }

        // 3. Where the hub tells lives apart, only what lost events may differ. Where times alone do, the hub's clock must never go back for that: a
        // virtual machine's does. A repair finds everything.
        Assert.NotEqual(0, lost);
        foreach (var difference in await hub.CompareAsync(sink))
        {
            var id = difference.Split(' ', '/')[0];
            Assert.True(!withGenerations || histories[id].LosesEvents, $"No event of {id} was lost: {difference}");
        }

        await hub.CompareAsync(sink, repair: true);
        Assert.Empty(await hub.CompareAsync(sink));
        var (live, deleted) = await sink.CountAsync(CancellationToken.None);
        Assert.True(live > 0 && deleted > 0);
    }

    private static async Task FeedAsync(List<ReceivedEvent> events, bool withGenerations, Random random, SqliteSink sink, ReplicatedHub hub)
    {
        var cache = new DocumentCache(100_000);
        var reader = new HubTwinReader(hub.Service);
        for (var at = 0; at < events.Count;)
        {
            var size = Math.Min(random.Next(1, 300), events.Count - at);
            var changes = events.GetRange(at, size).ConvertAll(each => Read(each, withGenerations));
            var folded = await BatchFold.RunAsync(changes, sink, reader, cache, keepHistory: false, CancellationToken.None);
            var writes = folded.Changed.Select(slot => new DocumentWrite(slot.Current!, slot.Stored?.Token)).ToList(); // What was changed is there.
            var outcome = await sink.WriteAsync(new SinkWrite { Documents = writes }, CancellationToken.None);
            Assert.True(outcome.IsWritten);
            writes.ForEach(write => cache.Set(new StoredDocument(write.Document, outcome.Tokens[write.Document.Id])));
            changes.ForEach(change => change.Dispose());
            at += size;
        }
    }

    private static TwinEvent Read(ReceivedEvent received, bool withGenerations)
    {
        Assert.True(TwinEventReader.TryRead(received, out var change, out var problem), problem);
        if (withGenerations)
        {
            Assert.NotNull(change.GenerationId);
            return change;
        }

        // As Azure's: without the life that it belongs to.
        using (change)
        {
            return new TwinEvent(JsonDocument.Parse(received.Body))
            {
                Key = change.Key, Kind = change.Kind, Operation = change.Operation, Time = change.Time, GenerationId = null, Version = change.Version, Source = received,
            };
        }
    }
}
