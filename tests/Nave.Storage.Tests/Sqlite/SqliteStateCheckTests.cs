using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Storage.Tests.Sqlite;

public sealed class SqliteStateCheckTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    private string StorePath => _folder.File("state.db");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await using var store = await SqliteStateStore.OpenAsync(
            new SqliteStateOptions { Path = StorePath }, NullLogger.Instance, Token);
        for (var i = 0; i < 50; i++)
        {
            await store.CommitAsync(
                new StateTransaction()
                    .Put("twins", $"{i:D3}", new byte[1000], terms: [new StateTerm("site", "rome"), new StateTerm("number", $"{i}")])
                    .Put("devices", $"{i:D3}", new byte[100])
                    .Publish("t", new byte[10]),
                Token);
        }

        await store.RemoveOutboxAsync(20, Token);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sound_store_is_counted(bool full)
    {
        var report = await SqliteStateCheck.RunAsync(StorePath, full, Token);
        Assert.Empty(report.Problems);
        Assert.Equal(SqliteSchema.Version, report.SchemaVersion);
        Assert.Equal(new Dictionary<string, long> { ["devices"] = 50, ["twins"] = 50 }, report.Collections);
        Assert.Equal((100, 30, 50, 50), (report.Terms, report.OutboxEntries, report.LastVersion, report.LastOutboxSequence));
        Assert.True(report.Bytes > 50_000);
    }

    [Theory]
    [InlineData("DELETE FROM terms WHERE key='007' AND name='site'", "is not found by its term site")]
    [InlineData("UPDATE terms SET document=1 WHERE key='007'", "is not found by its term")]
    [InlineData("INSERT INTO terms VALUES('twins','ghost','1','000',1)", "The index has 101 terms")]
    [InlineData("UPDATE documents SET terms=x'80' WHERE key='007' AND collection='twins'", "The list of terms of twins/007 is damaged")]
    [InlineData("UPDATE documents SET version=1000 WHERE key='007'", "A document has version 1000")]
    [InlineData("UPDATE outbox SET sequence=1000 WHERE sequence=30", "An outbox entry has sequence 1000")]
    [InlineData("DELETE FROM counters", "The counters are missing")]
    [InlineData("PRAGMA user_version=9", "schema version 9")]
    [InlineData("PRAGMA application_id=9", "not a state store of Nave")]
    public async Task What_does_not_agree_is_named(string damage, string problem)
    {
        using (var database = SqliteDatabase.Open(StorePath, readOnly: false))
        {
            database.Execute(damage, "damage the file under test");
        }

        var report = await SqliteStateCheck.RunAsync(StorePath, full: true, Token);
        Assert.Contains(report.Problems, found => found.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Damaged_pages_are_reported_not_thrown()
    {
        var bytes = await File.ReadAllBytesAsync(StorePath, Token);
        bytes.AsSpan(bytes.Length / 2, 4096).Fill(0xA5);
        await File.WriteAllBytesAsync(StorePath, bytes, Token);
        Assert.NotEmpty((await SqliteStateCheck.RunAsync(StorePath, full: true, Token)).Problems);
    }

    [Fact]
    public async Task A_missing_store_is_not_made()
    {
        await Assert.ThrowsAsync<FileNotFoundException>(() => SqliteStateCheck.RunAsync(_folder.File("none.db"), full: true, Token));
        Assert.Equal(["state.db", "state.db.lock"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }
}
