using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage.Sqlite;
using Nave.Testing.Disks;

namespace Nave.Storage.Tests.Sqlite.Disks;

/// <summary>
/// The power goes at every sync that SQLite makes and after every answer: on a disk that loses, keeps or tears what was not synced, every
/// transaction that was acknowledged is there, and each is there whole or not at all.
/// </summary>
public sealed class SqlitePowerLossTests : IDisposable
{
    private const int Transactions = 60;
    private const int Keys = 13;

    // In memory where that is possible: the disk is simulated, and each of a thousand images is opened.
    private readonly string _folder = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"nave-power-{Guid.NewGuid():N}")).FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(PowerLoss.DropAll)]
    [InlineData(PowerLoss.KeepAll)]
    [InlineData(PowerLoss.Tear)]
    public async Task Nothing_acknowledged_is_lost_and_no_transaction_is_half_there_at_any_sync(PowerLoss loss)
    {
        var steps = await RecordAsync();
        Assert.True(steps.Count(step => step.Kind == DiskStepKind.Synced) > Transactions, "A transaction was acknowledged without a sync.");
        Assert.Contains(steps, step => step.Kind == DiskStepKind.Written && step.Path.EndsWith("state.db", StringComparison.Ordinal));
        var (images, problem) = await CheckAsync(steps, loss, new DiskImage());
        Assert.True(problem is null, problem);
        Assert.True(images > 40, $"Only {images} different images.");
    }

    [Fact]
    public async Task A_disk_that_ignores_syncs_is_found_out()
    {
        var (_, problem) = await CheckAsync(await RecordAsync(), PowerLoss.DropAll, new DiskImage { IgnoresSyncs = true });
        Assert.Contains("acknowledged", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(35)]
    [InlineData(50)]
    public async Task A_sync_that_fails_is_not_tried_again_and_nothing_is_written_until_the_store_is_opened_again(int failing)
    {
        var acknowledged = 0;
        var store = await OpenAsync("state.db", RecordingFileSystem.Name, failing);
        var failure = await Assert.ThrowsAsync<StorageUnavailableException>(async () =>
        {
            while (acknowledged < 10 * Transactions)
            {
                await store.CommitAsync(Transaction(acknowledged + 1), Token);
                acknowledged++;
            }
        });

        // The commit itself, or the first one after a checkpoint whose sync has failed.
        Assert.False(failure.IsTransient);
        var steps = RecordingFileSystem.Steps.Count;
        for (var i = 0; i < 3; i++)
        {
            Assert.False((await Assert.ThrowsAsync<StorageUnavailableException>(async () => await store.CommitAsync(Transaction(1), Token))).IsTransient);
        }

        Assert.Equal(steps, RecordingFileSystem.Steps.Count);
        Assert.Equal(failing, RecordingFileSystem.Steps.Count(step => step.Kind == DiskStepKind.Synced));

        // The power goes now: what the disk has lost with the sync was not acknowledged.
        var image = new DiskImage();
        foreach (var step in RecordingFileSystem.Steps.SkipLast(1))
        {
            image.Do(step);
        }

        await store.DisposeAsync();
        Assert.Null(await ProblemAsync(image.After(PowerLoss.DropAll, 0), acknowledged));
    }

    // Transactions one after the other, with checkpoints on the way, from the first byte of the store on.
    private async Task<IReadOnlyList<DiskStep>> RecordAsync()
    {
        await using (var store = await OpenAsync("state.db", RecordingFileSystem.Name))
        {
            for (var i = 1; i <= Transactions; i++)
            {
                Assert.True((await store.CommitAsync(Transaction(i), Token)).Applied);
                RecordingFileSystem.Acknowledged(i);
            }
        }

        return RecordingFileSystem.Steps;
    }

    private async Task<(int Images, string? Problem)> CheckAsync(IReadOnlyList<DiskStep> steps, PowerLoss loss, DiskImage image)
    {
        var seen = new HashSet<string>();
        var acknowledged = 0;
        for (var i = 0; i <= steps.Count; i++)
        {
            // Before each sync and each deletion, after each answer, and at the end.
            var step = i < steps.Count ? steps[i] : null;
            if (step is null or { Kind: DiskStepKind.Synced or DiskStepKind.Deleted } || (i > 0 && steps[i - 1].Kind == DiskStepKind.Acknowledged))
            {
                for (var seed = 0; seed < (loss == PowerLoss.Tear ? 3 : 1); seed++)
                {
                    var files = image.After(loss, (i * 3) + seed);
                    if (seen.Add($"{acknowledged} {Hash(files)}") && await ProblemAsync(files, acknowledged) is { } problem)
                    {
                        return (seen.Count, $"{loss} at step {i} ({step?.Kind} {Path.GetFileName(step?.Path)}), {acknowledged} acknowledged: {problem}");
                    }
                }
            }

            if (step is not null)
            {
                image.Do(step);
                acknowledged = step.Kind == DiskStepKind.Acknowledged ? (int)step.Position : acknowledged;
            }
        }

        return (seen.Count, null);
    }

    /// <summary>Opens what is left, and compares it with what the transactions make.</summary>
    private async Task<string?> ProblemAsync(Dictionary<string, byte[]> files, int acknowledged)
    {
        const string Name = "left.db";
        foreach (var old in Directory.GetFiles(_folder, Name + "*"))
        {
            File.Delete(old);
        }

        foreach (var (path, content) in files)
        {
            await File.WriteAllBytesAsync(Path.Combine(_folder, Path.GetFileName(path).Replace("state.db", Name, StringComparison.Ordinal)), content, Token);
        }

        // Twice: recovery itself must leave behind what can be recovered, and the store must go on.
        var last = 0;
        for (var round = 0; round < 2; round++)
        {
            await using var store = await OpenAsync(Name, fileSystem: null);
            last = round == 0 ? await LastAsync(store) : last + 1;
            if (last < acknowledged)
            {
                return $"transaction {acknowledged} was acknowledged and is not there; the last is {last}";
            }

            if (await DifferenceAsync(store, last) is { } difference)
            {
                return $"round {round}, transaction {last} is the last: {difference}";
            }

            await store.CommitAsync(Transaction(last + 1), Token);
        }

        var problems = (await SqliteStateCheck.RunAsync(Path.Combine(_folder, Name), full: true, Token)).Problems;
        return problems.Count == 0 ? null : problems[0];
    }

    private static async Task<int> LastAsync(SqliteStateStore store) =>
        await store.ReadAsync("n", "n", Token) is { } document ? BitConverter.ToInt32(document.Body.Span) : 0;

    private static async Task<string?> DifferenceAsync(SqliteStateStore store, int last)
    {
        var expected = new Dictionary<string, byte[]>();
        for (var i = 1; i <= last; i++)
        {
            if (Body(i) is { } body)
            {
                expected[Key(i)] = body;
            }
            else
            {
                expected.Remove(Key(i));
            }
        }

        foreach (var collection in new[] { "c", "d" })
        {
            var found = 0;
            await foreach (var document in store.ScanAsync(new StateScan(collection), Token))
            {
                found++;
                if (!expected.TryGetValue(document.Key, out var body) || !document.Body.Span.SequenceEqual(body))
                {
                    return $"{collection}/{document.Key} is not as it was written";
                }
            }

            if (found != expected.Count)
            {
                return $"{collection} has {found} documents, not {expected.Count}";
            }
        }

        var outbox = await store.ReadOutboxAsync(0, int.MaxValue, Token);
        return outbox.Select(entry => entry.Sequence).SequenceEqual(Enumerable.Range(1, last).Select(i => (long)i)) ? null : "the outbox has gaps";
    }

    private static StateTransaction Transaction(int i)
    {
        var transaction = new StateTransaction().Put("n", "n", BitConverter.GetBytes(i)).Publish("t", BitConverter.GetBytes(i));
        foreach (var collection in new[] { "c", "d" })
        {
            transaction = Body(i) is { } body ? transaction.Put(collection, Key(i), body) : transaction.Delete(collection, Key(i));
        }

        return transaction;
    }

    private static string Key(int i) => $"k{i * 7 % Keys}";

    // Every fifth transaction deletes.
    private static byte[]? Body(int i)
    {
        if (i % 5 == 0)
        {
            return null;
        }

        var body = new byte[(i * 997 % 6000) + 1];
        new Random(i).NextBytes(body);
        return body;
    }

    private static string Hash(Dictionary<string, byte[]> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, content) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{path} {content.Length} "));
            hash.AppendData(content);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private Task<SqliteStateStore> OpenAsync(string name, string? fileSystem, int failSync = 0)
    {
        if (fileSystem is not null)
        {
            RecordingFileSystem.Begin(failSync);
        }

        var options = new SqliteStateOptions { Path = Path.Combine(_folder, name), CheckpointBytes = 64 << 10, Readers = 1, FileSystem = fileSystem };
        return SqliteStateStore.OpenAsync(options, NullLogger.Instance, Token);
    }
}
