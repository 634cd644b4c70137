using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Tests.Replication.Support;

namespace Nave.Fleet.Tests.Replication.Sinks;

/// <summary>What every target of replication does. One class for each engine.</summary>
public abstract class ReplicaSinkContract : IAsyncLifetime
{
    private IReplicaSink? _sink;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IReplicaSink Sink => _sink!; // Opened before each test.

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _sink = await ReopenAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_sink is not null)
        {
            await _sink.DisposeAsync();
        }

        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_document_comes_back_as_it_was_written()
    {
        var device = Twins.Document("d1", desired: """{"a":{"b":[1,2.50,null,"x"]},"big":4503599627370495,"$version":3}""");
        var module = Twins.Document("d1", "m.1#?$", version: 7) with { Since = null, GenerationId = null, ETag = null };
        var odd = Twins.Document("a-b:c.d+e%f_g#h*i?j!k(l),m=n@o;p$q'r");
        await WriteAsync(device, module, odd);
        var loaded = await Sink.LoadAsync([device.Key, module.Key, odd.Key, new IdentityId("d2")], Token);
        Assert.Equal(3, loaded.Count);
        AssertSame(device, Find(loaded, device.Key));
        AssertSame(module, Find(loaded, module.Key));
        AssertSame(odd, Find(loaded, odd.Key));
    }

    [Fact]
    public async Task A_write_that_expects_an_old_state_changes_nothing_and_names_the_document()
    {
        var outcome = await WriteAsync(Twins.Document("d1"));
        var token = outcome.Tokens["d1"];
        Assert.True((await Sink.WriteAsync(new SinkWrite { Documents = [new(Twins.Document("d1", version: 3), token)] }, Token)).IsWritten);
        foreach (var stale in (string?[])[token, null])
        {
            var refused = await Sink.WriteAsync(new SinkWrite { Documents = [new(Twins.Document("d1", version: 9), stale)] }, Token);
            Assert.False(refused.IsWritten);
            Assert.Equal(["d1"], refused.Conflicts);
        }

        Assert.Equal(3, Find(await Sink.LoadAsync([new IdentityId("d1")], Token), new IdentityId("d1")).Version);
    }

    [Fact]
    public async Task The_token_of_a_write_is_good_for_the_next_one()
    {
        string? token = null;
        for (var version = 2; version < 8; version++)
        {
            var outcome = await Sink.WriteAsync(new SinkWrite { Documents = [new(Twins.Document("d1", version: version), token)] }, Token);
            Assert.True(outcome.IsWritten);
            token = outcome.Tokens["d1"];
        }

        Assert.Equal(token, Assert.Single(await Sink.LoadAsync([new IdentityId("d1")], Token)).Token);
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_ours_any_more_is_refused()
    {
        var mine = await PutAsync("scope/partition/1", """{"owner":"a"}""", null);
        Assert.NotNull(mine);
        Assert.Null(await PutAsync("scope/partition/1", """{"owner":"b"}""", null));
        var theirs = await PutAsync("scope/partition/1", """{"owner":"b"}""", mine);
        Assert.NotNull(theirs);
        var refused = await Sink.WriteAsync(
            new SinkWrite { Documents = [new(Twins.Document("d1"), null)], Control = new ControlWrite("scope/partition/1", RawJson.Parse("""{"owner":"a"}"""), mine) }, Token);
        Assert.True(refused.IsControlLost);
        var record = Assert.Single(await Sink.ReadControlAsync("scope/", Token));
        Assert.Equal(("scope/partition/1", theirs), (record.Key, record.Token));
        Assert.True(JsonEquality.AreEqual(RawJson.Parse("""{"owner":"b"}"""), record.Value));
    }

    [Fact]
    public async Task Control_records_are_found_by_the_beginning_of_their_names_and_go_when_they_are_removed()
    {
        var first = await PutAsync("a/b/1", "{}", null);
        await PutAsync("a/b/2", "{}", null);
        await PutAsync("a/bc", "{}", null);
        await PutAsync("a_b/1", "{}", null);
        Assert.Equal(["a/b/1", "a/b/2"], (await Sink.ReadControlAsync("a/b/", Token)).Select(record => record.Key));
        Assert.True((await Sink.WriteAsync(new SinkWrite { Control = new ControlWrite("a/b/1", default, first) }, Token)).IsWritten);
        Assert.Equal(["a/b/2"], (await Sink.ReadControlAsync("a/b/", Token)).Select(record => record.Key));
        Assert.NotNull(await PutAsync("a/b/1", "{}", null));
    }

    [Fact]
    public async Task Modules_of_a_device_are_found_without_those_that_are_gone_and_without_those_of_others()
    {
        await WriteAsync(
            Twins.Document("d1"), Twins.Document("d1", "m1"), Twins.Document("d1", "m2") with { IsDeleted = true }, Twins.Document("d10", "m1"), Twins.Document("d2", "m3"));
        var modules = await Sink.LoadModulesAsync(["d1", "d2", "d3"], Token);
        Assert.Equal(["d1/m1", "d2/m3"], modules.Select(each => each.Document.Id).Order(StringComparer.Ordinal));
        Assert.True((await Sink.WriteAsync(new SinkWrite { Documents = [new(modules[0].Document with { Version = 5 }, modules[0].Token)] }, Token)).IsWritten);
    }

    [Fact]
    public async Task All_documents_are_read_but_tombstones_and_both_are_counted()
    {
        var documents = Enumerable.Range(0, 1_203).Select(i => Twins.Document($"d{i}") with { IsDeleted = i % 100 == 7 }).ToArray();
        await WriteAsync(documents);
        var ids = new List<string>();
        await foreach (var page in Sink.ReadAllAsync(Token))
        {
            ids.AddRange(page.Select(each => each.Document.Id));
        }

        Assert.Equal(documents.Where(document => !document.IsDeleted).Select(document => document.Id).Order(StringComparer.Ordinal), ids.Order(StringComparer.Ordinal));
        Assert.Equal((1_191, 12), await Sink.CountAsync(Token));
    }

    [Fact]
    public async Task An_event_that_is_set_aside_twice_is_there_once()
    {
        var poison = new PoisonEvent("hub/$Default", "3", 17, Twins.Time(5), "d1", null, "updateTwin", "its body is not JSON\0.", new byte[] { 0, 255, 10 });
        var newer = poison with { SequenceNumber = 18, EnqueuedTime = Twins.Time(6), DeviceId = null, Operation = null };
        for (var i = 0; i < 2; i++)
        {
            Assert.True((await Sink.WriteAsync(new SinkWrite { Poison = [poison, newer] }, Token)).IsWritten);
        }

        var (count, newest) = await Sink.ReadPoisonAsync(1, Token);
        Assert.Equal((2, 18), (count, Assert.Single(newest).SequenceNumber));
        (_, newest) = await Sink.ReadPoisonAsync(10, Token);
        Assert.Equal(("d1", "updateTwin", Twins.Time(5)), (newest[1].DeviceId, newest[1].Operation, newest[1].EnqueuedTime));
        Assert.Equal(poison.Body.ToArray(), newest[1].Body.ToArray());
    }

    [Fact]
    public async Task History_has_each_change_once_in_its_order()
    {
        var first = new HistoryEntry(new IdentityId("d1", "m"), "63", 2, "desired.a", default, RawJson.Parse("1"), "updateTwin", Twins.Time(1));
        var second = first with { Version = 3, Old = RawJson.Parse("1"), New = RawJson.Parse("""{"x":null}"""), Time = Twins.Time(2) };
        Assert.True((await Sink.WriteAsync(new SinkWrite { History = [first, second] }, Token)).IsWritten);
        Assert.True((await Sink.WriteAsync(new SinkWrite { History = [second with { Version = 4, Time = Twins.Time(3) }] }, Token)).IsWritten);
        var history = await Sink.ReadHistoryAsync(first.Key, Token);
        Assert.Equal([2, 3, 4], history.Select(entry => entry.Version));
        Assert.True(history[0].Old.IsUndefined);
        Assert.Equal(("1", "desired.a", "updateTwin", "63", Twins.Time(2)), (history[1].Old.ToString(), history[1].Path, history[1].Operation, history[1].GenerationId, history[1].Time));
        Assert.True(JsonEquality.AreEqual(second.New, history[1].New));
        Assert.Empty(await Sink.ReadHistoryAsync(new IdentityId("d1"), Token));
    }

    [Fact]
    public async Task What_was_written_is_there_when_it_is_opened_again()
    {
        await WriteAsync(Twins.Document("d1"), Twins.Document("d2") with { IsDeleted = true });
        var token = await PutAsync("scope/partition/0", """{"sequence":7}""", null);
        await Sink.WriteAsync(new SinkWrite { Documents = [new(Twins.Document("d1", version: 8), Assert.Single(await Sink.LoadAsync([new IdentityId("d1")], Token)).Token)] }, Token);
        await Sink.DisposeAsync();
        _sink = await ReopenAsync();
        var loaded = await Sink.LoadAsync([new IdentityId("d1"), new IdentityId("d2")], Token);
        AssertSame(Twins.Document("d1", version: 8), Find(loaded, new IdentityId("d1")));
        Assert.True(Find(loaded, new IdentityId("d2")).IsDeleted);
        Assert.Single(await Sink.ReadControlAsync("scope/partition/0", Token));
        Assert.NotNull(await PutAsync("scope/partition/0", """{"sequence":8}""", (await Sink.ReadControlAsync("scope/partition/0", Token))[0].Token));
        Assert.NotNull(token);
    }

    /// <summary>Opens the target: the same one each time.</summary>
    protected abstract Task<IReplicaSink> ReopenAsync();

    /// <summary>Removes the target.</summary>
    protected virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    protected async Task<SinkOutcome> WriteAsync(params ReplicaDocument[] documents)
    {
        var outcome = await Sink.WriteAsync(new SinkWrite { Documents = [.. documents.Select(document => new DocumentWrite(document, null))] }, Token);
        Assert.True(outcome.IsWritten);
        return outcome;
    }

    protected async Task<string?> PutAsync(string key, string json, string? expected) =>
        (await Sink.WriteAsync(new SinkWrite { Control = new ControlWrite(key, RawJson.Parse(json), expected) }, Token)).ControlToken;

    protected static ReplicaDocument Find(IReadOnlyList<StoredDocument> stored, IdentityId key) => Assert.Single(stored, each => each.Document.Key == key).Document;

    private void AssertSame(ReplicaDocument expected, ReplicaDocument actual)
    {
        Assert.Equal(
            expected with { Tags = default, Desired = default, Reported = default },
            actual with { Tags = default, Desired = default, Reported = default });
        Assert.True(JsonEquality.AreEqual(expected.Tags, actual.Tags, Sink.KeepsNumbersAsDoubles), actual.Tags.ToString());
        Assert.True(JsonEquality.AreEqual(expected.Desired, actual.Desired, Sink.KeepsNumbersAsDoubles), actual.Desired.ToString());
        Assert.True(JsonEquality.AreEqual(expected.Reported, actual.Reported, Sink.KeepsNumbersAsDoubles), actual.Reported.ToString());
    }
}
