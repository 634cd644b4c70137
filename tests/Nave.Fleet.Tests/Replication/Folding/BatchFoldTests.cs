using Nave.Api;
using Nave.Fleet.Replication.Events;
using Nave.Fleet.Replication.Folding;
using Nave.Fleet.Replication.Running;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.Sqlite;
using Nave.Fleet.Tests.Replication.Support;
using Nave.Testing;

namespace Nave.Fleet.Tests.Replication.Folding;

public sealed class BatchFoldTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// A module of the second life is known from a read, for nothing told of its device in that life yet. What ends that life finds no living
    /// device, and the module has to go all the same.
    /// </summary>
    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [InlineData(false, true, true)]
    public async Task A_module_that_was_known_before_its_device_goes_with_it(bool withGenerations, bool isDeviceGoneBefore, bool isCreatedAgain)
    {
        var (first, second, third) = withGenerations ? (1, 2, 3) : (0, 0, 0);
        using var folder = new TemporaryFolder();
        await using var sink = new SqliteSink(new SqliteSinkOptions { Path = folder.File("twins.db") });
        await sink.OpenAsync(Token);
        var hub = new Hub();
        if (isDeviceGoneBefore)
        {
            await FeedAsync(sink, hub, Told.Delete("d", 5, first));
        }

        hub.Twins["d/m"] = new TwinRead(RawJson.Parse(Told.Whole(2)), withGenerations ? "2" : null);
        await FeedAsync(sink, hub, Told.Create("d/m", 11, second));
        Assert.False((await ReplicatedHub.LoadAsync(sink, "d", "m"))!.IsDeleted);

        // The creation of the second life (at 10) comes last.
        hub.Twins.Clear();
        if (isCreatedAgain)
        {
            hub.Twins["d"] = new TwinRead(RawJson.Parse(Told.Whole(2)), withGenerations ? "3" : null);
            await FeedAsync(sink, hub, Told.Create("d", 21, third));
        }

        await FeedAsync(sink, hub, Told.Delete("d", 20, second));
        await FeedAsync(sink, hub, Told.Create("d", 10, second));
        Assert.True((await ReplicatedHub.LoadAsync(sink, "d", "m"))!.IsDeleted);
        Assert.Equal(!isCreatedAgain, (await ReplicatedHub.LoadAsync(sink, "d"))!.IsDeleted);
    }

    private static async Task FeedAsync(SqliteSink sink, ITwinReader hub, TwinEvent change)
    {
        using (change)
        {
            var folded = await BatchFold.RunAsync([change], sink, hub, new DocumentCache(100_000), keepHistory: false, Token);
            var writes = folded.Changed.Select(slot => new DocumentWrite(slot.Current!, slot.Stored?.Token)).ToList(); // What was changed is there.
            Assert.True((await sink.WriteAsync(new SinkWrite { Documents = writes }, Token)).IsWritten);
        }
    }

    private sealed class Hub : ITwinReader
    {
        public Dictionary<string, TwinRead> Twins { get; } = new(StringComparer.Ordinal);

        public Task<TwinRead> ReadAsync(IdentityId key, bool withGeneration, CancellationToken cancellationToken) =>
            Task.FromResult(Twins.GetValueOrDefault(key.ToString()));
    }
}
