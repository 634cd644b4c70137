using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Storage.Tests.Sqlite;

public sealed class SqliteDiskFullTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(64 << 10)]
    [InlineData(1 << 30)]
    public async Task A_full_disk_refuses_writes_for_as_long_as_it_is_full_and_loses_nothing(long checkpointBytes)
    {
        using var disk = SmallDisk.TryMount(megabytes: 6);
        Assert.SkipWhen(disk is null, "A tmpfs cannot be mounted here: it takes root on Linux.");
        var ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[2 << 20], Token);
        var options = new SqliteStateOptions { Path = Path.Combine(disk.Path, "state.db"), CheckpointBytes = checkpointBytes };
        var stored = new List<string>();
        await using (var store = await SqliteStateStore.OpenAsync(options, NullLogger.Instance, Token))
        {
            // 1. Until it is full. Two documents a transaction: half of one would show.
            var refusal = await FillAsync(store, stored);
            Assert.True(refusal.IsTransient);
            Assert.NotEmpty(stored);

            // 2. Full: refused again and again, nobody is told of what was refused, and what is stored can be read.
            var waiting = store.WaitForOutboxAsync(stored.Count, Token).AsTask();
            for (var i = 0; i < 3; i++)
            {
                await Assert.ThrowsAsync<StorageUnavailableException>(() => PutAsync(store, $"refused {i}", 1 << 20));
                await AssertHoldsAsync(store, stored);
                Assert.False(waiting.IsCompleted);
            }

            // 3. Space again: writes come back without any help.
            File.Delete(ballast);
            await PutAsync(store, "after", 1000);
            stored.Add("after");
            await AssertHoldsAsync(store, stored);
            await waiting;
            var outbox = await store.ReadOutboxAsync(0, int.MaxValue, Token);
            Assert.Equal(Enumerable.Range(1, stored.Count).Select(i => (long)i), outbox.Select(e => e.Sequence));
        }

        await using (var reopened = await SqliteStateStore.OpenAsync(options, NullLogger.Instance, Token))
        {
            await AssertHoldsAsync(reopened, stored);
        }

        Assert.Empty((await SqliteStateCheck.RunAsync(options.Path, full: true, Token)).Problems);
    }

    private static async Task<StorageUnavailableException> FillAsync(SqliteStateStore store, List<string> stored)
    {
        for (var i = 0; i < 1000; i++)
        {
            try
            {
                await PutAsync(store, $"{i:D4}", 20_000);
                stored.Add($"{i:D4}");
            }
            catch (StorageUnavailableException e)
            {
                return e;
            }
        }

        throw new InvalidOperationException("The disk did not fill up.");
    }

    private static async Task PutAsync(SqliteStateStore store, string key, int bytes)
    {
        var outcome = await store.CommitAsync(
            new StateTransaction().Put("a", key, new byte[bytes], StateTransaction.Absent).Put("b", key, new byte[bytes]).Publish("t", new byte[8]), Token);
        Assert.True(outcome.Applied);
    }

    private static async Task AssertHoldsAsync(SqliteStateStore store, List<string> keys)
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
