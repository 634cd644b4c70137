using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Tests.Sync.Support;
using Nave.Storage.Postgres;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Runs;

/// <summary>A sync whose state is in PostgreSQL.</summary>
public sealed class PostgresSyncTests(SyncServer server, PostgresFixture postgres) : IClassFixture<SyncServer>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sync_plans_applies_and_remembers_over_a_database()
    {
        var database = new PostgresStateOptions { ConnectionString = await postgres.CreateDatabaseAsync(), Schema = "nave_sync", LockTimeout = TimeSpan.Zero };
        string run;
        await using (var bench = await server.NewBenchAsync())
        {
            bench.Configuration = bench.Configuration with { StoreDatabase = database };
            bench.Registry.With("a", ("site", "rome")).With("b").With("c");
            var first = await bench.ApplyToEndAsync();
            Assert.Equal(3, first.Created);
            bench.Registry.Remove("b");
            run = (await bench.ApplyToEndAsync()).Id;

            // One process at a time, as with a file.
            var busy = await Assert.ThrowsAsync<SyncStoreBusyException>(
                () => SyncStore.OpenAsync(bench.Configuration, TimeProvider.System, NullLogger.Instance, Cancelled));
            Assert.Contains("nave_sync", busy.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(bench.Configuration.StoreFolder), "There is a folder although the state is in the database.");
            Assert.DoesNotContain(database.ConnectionString, bench.Configuration.ToString(), StringComparison.Ordinal);
        }

        await using var again = await server.NewBenchAsync();
        again.Configuration = again.Configuration with { StoreDatabase = database };
        Assert.Equal(run, (await (await again.StoreAsync()).RunsAsync(1, Cancelled).FirstAsync(Cancelled)).Id);
    }
}
