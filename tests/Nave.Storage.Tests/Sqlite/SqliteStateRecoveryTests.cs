using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Storage.Tests.Sqlite;

/// <summary>What is there after a stop that nobody prepared: the files as they are while the store is open.</summary>
public sealed class SqliteStateRecoveryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Everything_acknowledged_is_there_after_an_unclean_stop_under_load()
    {
        // No checkpoint meanwhile, so that files copied one after the other are those of one moment, but for a torn end.
        await using var store = await OpenAsync("state.db", 4L << 30);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var acknowledged = new long[8];
        var callers = Enumerable.Range(0, acknowledged.Length).Select(caller => Task.Run(
            async () =>
            {
                for (var i = 1; !stop.IsCancellationRequested; i++)
                {
                    var body = BitConverter.GetBytes((long)i);
                    await store.CommitAsync(
                        new StateTransaction().Put("c", Key(caller), body).Put("d", Key(caller), body).Publish("t", body), Token);
                    Volatile.Write(ref acknowledged[caller], i);
                }
            },
            Token)).ToList();

        for (var round = 0; round < 5; round++)
        {
            await store.CommitAsync(new StateTransaction().Put("c", "round", new byte[1]), Token);
            var before = acknowledged.Select((_, i) => Volatile.Read(ref acknowledged[i])).ToArray();
            var copy = Copy(round);

            await using var recovered = await OpenAsync(copy, 1 << 20);
            for (var caller = 0; caller < before.Length; caller++)
            {
                if (before[caller] == 0)
                {
                    continue;
                }

                var first = (await recovered.ReadAsync("c", Key(caller), Token))!;
                var second = (await recovered.ReadAsync("d", Key(caller), Token))!;
                Assert.True(BitConverter.ToInt64(first.Body.Span) >= before[caller], "An acknowledged write is missing.");
                Assert.True(first.Body.Span.SequenceEqual(second.Body.Span), "Half of a transaction is there.");
                Assert.Equal(first.Version, second.Version);
            }

            var outbox = await recovered.ReadOutboxAsync(0, int.MaxValue, Token);
            Assert.Equal(Enumerable.Range(1, outbox.Count).Select(i => (long)i), outbox.Select(e => e.Sequence));
            await recovered.DisposeAsync();
            Assert.Empty((await SqliteStateCheck.RunAsync(_folder.File(copy), full: true, Token)).Problems);
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
    }

    [Fact]
    public async Task A_log_cut_anywhere_opens_with_whole_transactions()
    {
        const int Count = 20;
        await using var store = await OpenAsync("state.db", 4L << 30);
        for (var i = 0; i < Count; i++)
        {
            await store.CommitAsync(new StateTransaction().Put("c", $"{i:D2}", new byte[3000]).Put("d", $"{i:D2}", new byte[3000]), Token);
        }

        var wal = await File.ReadAllBytesAsync(_folder.File("state.db-wal"), Token);
        var random = new Random(3);
        var last = 0L;
        foreach (var length in Enumerable.Range(0, 12).Select(_ => random.Next(wal.Length)).Order().Append(wal.Length))
        {
            var copy = Copy(length);
            await File.WriteAllBytesAsync(_folder.File(copy + "-wal"), wal[..length], Token);
            await using var recovered = await OpenAsync(copy, 1 << 20);
            var count = await recovered.CountAsync(new StateScan("c"), Token);
            Assert.Equal(count, await recovered.CountAsync(new StateScan("d"), Token));
            Assert.True(count >= last, "A longer log held less.");
            last = count;
        }

        Assert.Equal(Count, last);
    }

    [Fact]
    public async Task The_check_reads_what_an_unclean_stop_left_and_changes_nothing()
    {
        await using var store = await OpenAsync("state.db", 4L << 30);
        await store.CommitAsync(new StateTransaction().Put("c", "k", new byte[100]).Publish("t", new byte[5]), Token);
        var copy = Copy(0);
        var before = await File.ReadAllBytesAsync(_folder.File(copy), Token);
        var wal = await File.ReadAllBytesAsync(_folder.File(copy + "-wal"), Token);

        var report = await SqliteStateCheck.RunAsync(_folder.File(copy), full: true, Token);

        Assert.Empty(report.Problems);
        Assert.Equal((1, 1), (report.Collections["c"], report.OutboxEntries));
        Assert.Equal(before, await File.ReadAllBytesAsync(_folder.File(copy), Token));
        Assert.Equal(wal, await File.ReadAllBytesAsync(_folder.File(copy + "-wal"), Token));
    }

    [Fact]
    public async Task A_store_that_can_no_longer_be_written_says_so_until_it_is_opened_again()
    {
        await using (var store = await OpenAsync("state.db", 1 << 20))
        {
            await store.CommitAsync(new StateTransaction().Put("c", "k", new byte[1]), Token);
            Change("ALTER TABLE outbox RENAME TO hidden");
            var first = await Assert.ThrowsAsync<StorageUnavailableException>(
                async () => await store.CommitAsync(new StateTransaction().Put("c", "lost", new byte[1]).Publish("t", new byte[1]), Token));
            Assert.False(first.IsTransient);
            Change("ALTER TABLE hidden RENAME TO outbox");
            await Assert.ThrowsAsync<StorageUnavailableException>(
                async () => await store.CommitAsync(new StateTransaction().Put("c", "refused", new byte[1]), Token));
            Assert.NotNull(await store.ReadAsync("c", "k", Token));
            Assert.Null(await store.ReadAsync("c", "lost", Token));
        }

        await using var reopened = await OpenAsync("state.db", 1 << 20);
        Assert.True((await reopened.CommitAsync(new StateTransaction().Put("c", "new", new byte[1]), Token)).Applied);
        Assert.Null(await reopened.ReadAsync("c", "lost", Token));
    }

    private static string Key(int caller) => caller.ToString(CultureInfo.InvariantCulture);

    private Task<SqliteStateStore> OpenAsync(string name, long checkpointBytes) => SqliteStateStore.OpenAsync(
        new SqliteStateOptions { Path = _folder.File(name), CheckpointBytes = checkpointBytes }, NullLogger.Instance, Token);

    private string Copy(int number)
    {
        var name = $"copy{number}.db";
        File.Copy(_folder.File("state.db"), _folder.File(name), overwrite: true);
        File.Copy(_folder.File("state.db-wal"), _folder.File(name + "-wal"), overwrite: true);
        return name;
    }

    private void Change(string sql)
    {
        using var database = SqliteDatabase.Open(_folder.File("state.db"), readOnly: false);
        database.SetBusyTimeout(TimeSpan.FromSeconds(5));
        database.Execute(sql, "change the file under test");
    }
}
