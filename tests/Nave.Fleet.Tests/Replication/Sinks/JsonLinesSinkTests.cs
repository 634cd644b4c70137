using Nave.Api;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.JsonLines;
using Nave.Fleet.Tests.Replication.Support;
using Nave.Testing;

namespace Nave.Fleet.Tests.Replication.Sinks;

public sealed class JsonLinesSinkTests : ReplicaSinkContract
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("twins.jsonl");

    [Fact]
    public async Task What_was_appended_without_counting_is_cut_off_and_a_batch_is_never_half_there()
    {
        await WriteAsync(Twins.Document("d1"));
        var history = new HistoryEntry(new IdentityId("d1"), "1", 2, "tags.a", default, RawJson.Parse("1"), "updateTwin", Twins.Time(0));
        await Sink.WriteAsync(new SinkWrite { History = [history] }, Token);
        await Sink.DisposeAsync();
        var (changes, entries) = (new FileInfo(File).Length, new FileInfo(_folder.File("twins.history.jsonl")).Length);

        // As a process leaves them that was killed between the lines and the state.
        await System.IO.File.AppendAllTextAsync(File, "{\"id\":\"d2\",\"deviceId\":\"d2\"}\n{\"id\":\"d3\"", Token);
        await System.IO.File.AppendAllTextAsync(_folder.File("twins.history.jsonl"), "{\"deviceId\"", Token);
        await using var again = await ReopenAsync();
        Assert.Equal((1, 0), await again.CountAsync(Token));
        Assert.Single(await again.ReadHistoryAsync(history.Key, Token));
        Assert.Equal((changes, entries), (new FileInfo(File).Length, new FileInfo(_folder.File("twins.history.jsonl")).Length));
    }

    [Fact]
    public async Task The_compact_file_has_the_newest_line_of_each_document_and_the_changes_begin_anew()
    {
        await using var sink = new JsonLinesSink(new JsonLinesSinkOptions { Path = _folder.File("small.jsonl"), CompactAt = 4_000 });
        await sink.OpenAsync(Token);
        var tokens = new Dictionary<string, string?> { ["d1"] = null, ["d2"] = null, ["d3"] = null };
        for (var version = 2; version < 60; version++)
        {
            foreach (var id in tokens.Keys.ToArray())
            {
                var document = Twins.Document(id, version: version) with { IsDeleted = id == "d3" && version == 59 };
                var outcome = await sink.WriteAsync(new SinkWrite { Documents = [new(document, tokens[id])] }, Token);
                Assert.True(outcome.IsWritten);
                tokens[id] = outcome.Tokens[id];
            }
        }

        await sink.DisposeAsync();
        Assert.InRange(new FileInfo(_folder.File("small.jsonl")).Length, 0, 5_000);
        Assert.Equal(3, System.IO.File.ReadLines(_folder.File("small.compact.jsonl")).Count());
        await using var again = new JsonLinesSink(new JsonLinesSinkOptions { Path = _folder.File("small.jsonl") });
        await again.OpenAsync(Token);
        Assert.Equal((2, 1), await again.CountAsync(Token));
        Assert.All(await again.LoadAsync([new IdentityId("d1"), new IdentityId("d2")], Token), stored => Assert.Equal(59, stored.Document.Version));
    }

    [Fact]
    public async Task A_second_process_is_refused() =>
        Assert.Contains("in use", (await Assert.ThrowsAsync<InvalidOperationException>(ReopenAsync)).Message, StringComparison.Ordinal);

    protected override async Task<IReplicaSink> ReopenAsync()
    {
        var sink = new JsonLinesSink(new JsonLinesSinkOptions { Path = File });
        await sink.OpenAsync(Token);
        return sink;
    }

    protected override ValueTask CloseAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
