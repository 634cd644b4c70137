using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage.Postgres;
using Nave.Testing;
using Npgsql;

namespace Nave.Storage.Tests.Postgres;

/// <summary>What is there, and what callers are told, when the server or the connection to it is lost.</summary>
public sealed class PostgresStateLossTests(PostgresFixture shared)
{
    // With a time-out it waits until the connection's process has ended.
    private const string EndWriter = "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname=current_database() AND application_name LIKE 'nave-state-writer-%'";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_the_server_crashes_in_the_middle_of_writes()
    {
        const int Callers = 8;
        await using var server = await PostgresServer.StartAsync();
        await using var store = await OpenAsync(await server.CreateDatabaseAsync());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var acknowledged = new long[Callers];
        var attempted = new long[Callers];
        var versions = new List<long>[Callers];
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(
            async () =>
            {
                versions[caller] = [];
                for (var i = 1L; !stop.IsCancellationRequested; i++)
                {
                    var body = BitConverter.GetBytes(i);
                    Volatile.Write(ref attempted[caller], i);
                    try
                    {
                        var outcome = await store.CommitAsync(
                            new StateTransaction().Put("c", Key(caller), body).Put("d", Key(caller), body, terms: [new StateTerm("i", $"{i}")])
                                .Publish(Key(caller), body), Token);
                        versions[caller].Add(outcome.Version);
                        Volatile.Write(ref acknowledged[caller], i);
                    }
                    catch (StorageUnavailableException e)
                    {
                        Assert.True(e.IsTransient, e.Message);
                        await Task.Delay(10, Token);
                    }
                }
            },
            Token)).ToList();

        for (var round = 0; round < 3; round++)
        {
            var reached = acknowledged.Select((_, i) => Volatile.Read(ref acknowledged[i]) + 5).ToArray();
            await TestDeadline.UntilAsync(() => reached.Select((want, i) => Volatile.Read(ref acknowledged[i]) >= want).All(done => done), "every caller has written");
            await server.CrashAsync();
            await TestDeadline.UntilAsync(() => !store.Available, "the store sees that the server is gone");
            var before = acknowledged.Select((_, i) => Volatile.Read(ref acknowledged[i])).ToArray();
            await server.RestartAsync();
            await TestDeadline.UntilAsync(() => store.Available, "the store sees that the server is back");

            for (var caller = 0; caller < Callers; caller++)
            {
                // One statement, so one moment.
                var found = await ReadAsync(store, "d", Key(caller));
                Assert.True(found >= before[caller], $"Acknowledged: {before[caller]}, there: {found}.");
                Assert.True(found <= Volatile.Read(ref attempted[caller]));
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        for (var caller = 0; caller < Callers; caller++)
        {
            var found = await ReadAsync(store, "c", Key(caller));
            Assert.True(found >= acknowledged[caller]);
            Assert.Equal(found, await ReadAsync(store, "d", Key(caller)));
            Assert.Equal(1, await store.CountAsync(new StateScan("d") { Prefix = Key(caller), AnyOf = [new StateTerm("i", $"{found}")] }, Token));
        }

        // The outbox has every acknowledged entry once, no gap, and each caller's in its order.
        var outbox = await store.ReadOutboxAsync(0, int.MaxValue, Token);
        Assert.Equal(Enumerable.Range(1, outbox.Count).Select(i => (long)i), outbox.Select(e => e.Sequence));
        foreach (var group in outbox.GroupBy(e => e.Topic))
        {
            var entries = group.Select(e => BitConverter.ToInt64(e.Body.Span)).ToList();
            Assert.Equal(entries.Distinct().Order(), entries);
        }

        var all = versions.SelectMany(v => v).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.True(outbox.Count >= all.Count);
    }

    [Fact]
    public async Task A_connection_that_is_lost_while_nobody_writes_is_made_anew_without_anybody_knowing()
    {
        var database = await shared.CreateDatabaseAsync();
        await using var store = await OpenAsync(database);
        for (var i = 0; i < 3; i++)
        {
            Assert.True((await store.CommitAsync(new StateTransaction().Put("c", Key(i), new byte[1], StateTransaction.Absent), Token)).Applied);
            await RunAsync(database, EndWriter);
            await RunAsync(database, "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname=current_database() AND application_name='nave-state-reader'");
            Assert.NotNull(await store.ReadAsync("c", Key(i), Token));
        }
    }

    [Fact]
    public async Task A_commit_whose_connection_is_cut_is_said_to_be_unknown_and_is_not_made_again()
    {
        var database = await shared.CreateDatabaseAsync();
        await using var store = await OpenAsync(database);
        var before = await store.CommitAsync(new StateTransaction().Put("c", "before", new byte[1]), Token);
        Task<StateOutcome> cut;
        await using (var source = NpgsqlDataSource.Create(database))
        await using (var blocker = await source.OpenConnectionAsync(Token))
        {
            await using var transaction = await blocker.BeginTransactionAsync(Token);
            await using var command = new NpgsqlCommand("LOCK TABLE nave.documents IN EXCLUSIVE MODE", blocker);
            await command.ExecuteNonQueryAsync(Token);
            cut = store.CommitAsync(new StateTransaction().Put("c", "cut", new byte[1]).Publish("t", new byte[1]), Token).AsTask();
            Assert.True(await WriterWaitsAsync(database, "wait_event_type='Lock'", cut));
            await RunAsync(database, EndWriter);
            var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => cut);
            Assert.True(error is { IsTransient: true, IsOutcomeUnknown: true }, error.Message);
            Assert.Contains("not known", error.Message, StringComparison.Ordinal);
        }

        await TestDeadline.UntilAsync(() => store.Available, "the store is connected again");
        var after = await store.CommitAsync(new StateTransaction().Put("c", "after", new byte[1]), Token);
        Assert.True(after.Version > before.Version);
        Assert.Null(await store.ReadAsync("c", "cut", Token));
        Assert.Empty(await store.ReadOutboxAsync(0, 10, Token));
    }

    [Fact]
    public async Task A_commit_that_no_standby_has_is_not_acknowledged_when_its_wait_is_cancelled()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await using var store = await OpenAsync(database);
        await store.CommitAsync(new StateTransaction().Put("c", "before", new byte[1]), Token);
        await RunAsync(database, "ALTER SYSTEM SET synchronous_standby_names='nobody'");
        await RunAsync(database, "SELECT pg_reload_conf()");

        // The server takes a moment to follow its new configuration: until then commits pass.
        Task<StateOutcome> commit;
        do
        {
            commit = store.CommitAsync(new StateTransaction().Put("c", "k", new byte[1]), Token).AsTask();
        }
        while (!await WriterWaitsAsync(database, "wait_event='SyncRep'", commit));
        await RunAsync(database, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname=current_database() AND application_name LIKE 'nave-state-writer-%'");
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(() => commit);
        Assert.True(error.IsOutcomeUnknown, error.Message);
    }

    [Fact]
    public async Task A_store_that_another_has_opened_takes_no_more_writes()
    {
        var database = await shared.CreateDatabaseAsync();
        await using var store = await OpenAsync(database);
        await store.CommitAsync(new StateTransaction().Put("c", "mine", new byte[1]), Token);

        // What another process does once it has the lock.
        await RunAsync(database, "UPDATE nave.store SET epoch=epoch+1");
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(
            async () => await store.CommitAsync(new StateTransaction().Put("c", "late", new byte[1]), Token));
        Assert.False(error.IsTransient);
        Assert.False(store.Available);
        Assert.Null(await store.ReadAsync("c", "late", Token));
        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await store.RemoveOutboxAsync(1, Token));
    }

    [Fact]
    public async Task A_server_that_comes_back_without_acknowledged_writes_is_not_written_to()
    {
        var database = await shared.CreateDatabaseAsync();
        await using var store = await OpenAsync(database);
        await store.CommitAsync(new StateTransaction().Put("c", "k", new byte[1]), Token);
        await store.CommitAsync(new StateTransaction().Put("c", "l", new byte[1]), Token);
        await RunAsync(database, "DELETE FROM nave.documents WHERE key='l'; UPDATE nave.store SET version=1");
        await RunAsync(database, EndWriter);
        var error = await Assert.ThrowsAsync<StorageUnavailableException>(
            async () => await store.CommitAsync(new StateTransaction().Put("c", "m", new byte[1]), Token));
        Assert.False(error.IsTransient);
        Assert.Contains("lost acknowledged writes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_of_the_server_refuses_writes_for_as_long_as_it_is_full_and_loses_nothing()
    {
        using var disk = SmallDisk.TryMount(megabytes: 12);
        Assert.SkipWhen(disk is null, "A tmpfs cannot be mounted here: it takes root on Linux.");

        // Root only: the server runs as the user postgres, and its space must be that user's.
        var space = Path.Combine(disk.Path, "space");
        File.SetUnixFileMode(disk.Path, (UnixFileMode)0b111_111_111);
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await RunAsync(database, $"COPY (SELECT 1) TO PROGRAM 'mkdir -m 700 {space}'");
        await RunAsync(database, $"CREATE TABLESPACE small LOCATION '{space}'");
        await RunAsync(database, $"ALTER DATABASE {new NpgsqlConnectionStringBuilder(database).Database} SET default_tablespace=small");
        var ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[6 << 20], Token);
        await using var store = await OpenAsync(database);

        // 1. Until it is full. Two documents a transaction: half of one would show.
        var stored = new List<string>();
        var refusal = await FillAsync(store, stored);
        Assert.True(refusal is { IsTransient: true, IsOutcomeUnknown: false }, refusal.Message);
        Assert.Contains("53100", refusal.Message, StringComparison.Ordinal);
        Assert.NotEmpty(stored);
        Assert.False(store.Available);
        await AssertHoldsAsync(store, stored);

        // 2. Space again: the store sees it by itself, and takes writes.
        File.Delete(ballast);
        await TestDeadline.UntilAsync(() => store.Available, "the store sees that there is space");
        await PutAsync(store, "after");
        await AssertHoldsAsync(store, [.. stored, "after"]);
        var outbox = await store.ReadOutboxAsync(0, int.MaxValue, Token);
        Assert.Equal(Enumerable.Range(1, stored.Count + 1).Select(i => (long)i), outbox.Select(e => e.Sequence));
    }

    private static string Key(int caller) => caller.ToString(CultureInfo.InvariantCulture);

    private static Task<PostgresStateStore> OpenAsync(string database) => PostgresStateStore.OpenAsync(
        new PostgresStateOptions { ConnectionString = database, Readers = 2, WatchInterval = TimeSpan.FromMilliseconds(200) },
        TimeProvider.System, NullLogger.Instance, Token);

    private static async Task<long> ReadAsync(PostgresStateStore store, string collection, string key) =>
        BitConverter.ToInt64((await store.ReadAsync(collection, key, Token))!.Body.Span);

    /// <summary>Waits until the writer waits inside the server, or the commit has ended before it did.</summary>
    private static async Task<bool> WriterWaitsAsync(string database, string where, Task commit)
    {
        var sql = $"SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND application_name LIKE 'nave-state-writer-%' AND {where}";
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        while (await RunAsync(database, sql) is not 1L)
        {
            if (commit.IsCompleted)
            {
                return false;
            }

            await Task.Delay(10, deadline.Token);
        }

        return true;
    }

    private static async Task<object?> RunAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }

    private static async Task<StorageUnavailableException> FillAsync(PostgresStateStore store, List<string> stored)
    {
        for (var i = 0; i < 1000; i++)
        {
            try
            {
                await PutAsync(store, $"{i:D4}");
                stored.Add($"{i:D4}");
            }
            catch (StorageUnavailableException e)
            {
                return e;
            }
        }

        throw new InvalidOperationException("The disk did not fill up.");
    }

    private static async Task PutAsync(PostgresStateStore store, string key)
    {
        var body = new byte[100_000];
        new Random(key.Length).NextBytes(body);
        var outcome = await store.CommitAsync(
            new StateTransaction().Put("a", key, body, StateTransaction.Absent).Put("b", key, body).Publish("t", new byte[8]), Token);
        Assert.True(outcome.Applied);
    }

    private static async Task AssertHoldsAsync(PostgresStateStore store, List<string> keys)
    {
        foreach (var collection in new[] { "a", "b" })
        {
            var found = new List<string>();
            await foreach (var document in store.ScanAsync(new StateScan(collection), Token))
            {
                found.Add(document.Key);
            }

            Assert.Equal(keys.Order(StringComparer.Ordinal), found);
        }
    }
}
