using Nave.Api;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.Cosmos;
using Nave.Fleet.Tests.Replication.Cosmos;
using Nave.Fleet.Tests.Replication.Support;

namespace Nave.Fleet.Tests.Replication.Sinks;

public sealed class CosmosSinkTests : ReplicaSinkContract
{
    private FakeCosmos? _cosmos;

    private FakeCosmos Cosmos => _cosmos!; // Started before each test.

    [Fact]
    public async Task A_request_that_is_throttled_is_repeated_until_it_succeeds()
    {
        Cosmos.FailNext(429, 5);
        await WriteAsync(Twins.Document("d1"));
        Assert.Equal(5, Cosmos.Throttled);
        Assert.Single(await Sink.LoadAsync([new IdentityId("d1")], Token));
        Assert.Equal(0, Cosmos.BadSignatures);
    }

    [Fact]
    public async Task Throttling_that_lasts_is_an_outage()
    {
        // Two times the first request and its five repetitions.
        Cosmos.FailNext(429, 12);
        var write = new SinkWrite { Documents = [new(Twins.Document("d1"), null)] };
        await Assert.ThrowsAsync<SinkUnavailableException>(() => Sink.WriteAsync(write, Token));
        await Assert.ThrowsAsync<SinkUnavailableException>(() => Sink.WriteAsync(write, Token));
        Assert.True((await Sink.WriteAsync(write, Token)).IsWritten);
    }

    [Fact]
    public async Task An_item_that_another_wrote_in_between_is_not_overwritten()
    {
        var token = (await WriteAsync(Twins.Document("d1", "m"), Twins.Document("d2"))).Tokens;
        Cosmos.BeforeReplace = item =>
        {
            if (item == "twins/d1~2Fm")
            {
                Cosmos.BeforeReplace = null;
                Cosmos.Touch("twins", "d1~2Fm");
            }
        };
        var outcome = await Sink.WriteAsync(
            new SinkWrite
            {
                Documents = [new(Twins.Document("d1", "m", version: 9), token["d1/m"]), new(Twins.Document("d2", version: 9), token["d2"])],
                Control = new ControlWrite("scope/partition/0", RawJson.Parse("{}"), null),
            },
            Token);
        Assert.Equal(["d1/m"], outcome.Conflicts);
        Assert.Equal(["d2"], outcome.Tokens.Keys);
        Assert.Empty(await Sink.ReadControlAsync("scope/", Token));
        var now = Assert.Single(await Sink.LoadAsync([new IdentityId("d1", "m")], Token));
        Assert.Equal(2, now.Document.Version);
        Assert.True((await Sink.WriteAsync(new SinkWrite { Documents = [new(Twins.Document("d1", "m", version: 9), now.Token)] }, Token)).IsWritten);
    }

    [Fact]
    public async Task Without_the_lease_no_document_is_written()
    {
        var mine = await PutAsync("scope/partition/1", """{"owner":"a"}""", null);
        await PutAsync("scope/partition/1", """{"owner":"b"}""", mine);
        var outcome = await Sink.WriteAsync(
            new SinkWrite { Documents = [new(Twins.Document("d1"), null)], Control = new ControlWrite("scope/partition/1", RawJson.Parse("{}"), mine) }, Token);
        Assert.True(outcome.IsControlLost);
        Assert.Equal((0, 0), await Sink.CountAsync(Token));
    }

    [Fact]
    public async Task Reads_carry_the_session_of_the_writes_before_them()
    {
        await WriteAsync(Twins.Document("d1"));
        await Sink.LoadAsync([new IdentityId("d1")], Token);
        Assert.NotEqual(0, Cosmos.SessionReads);
    }

    [Fact]
    public async Task A_document_that_is_too_large_is_refused()
    {
        var large = Twins.Document("d1") with { Tags = RawJson.Parse($$"""{"t":"{{new string('x', 3_000_000)}}"}""") };
        await Assert.ThrowsAsync<SinkRefusedException>(() => WriteAsync(large));
    }

    [Fact]
    public async Task A_wrong_key_is_told_without_it()
    {
        var key = Convert.ToBase64String(new byte[64]);
        await using var sink = new CosmosSink(new CosmosSinkOptions { ConnectionString = $"{Cosmos.ConnectionString.Split("AccountKey=")[0]}AccountKey={key};" });
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => sink.OpenAsync(Token));
        Assert.Contains("401", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", Assert.Throws<ArgumentException>(() => new CosmosSink(new CosmosSinkOptions { ConnectionString = "AccountKey=hunter2" })).Message, StringComparison.Ordinal);
    }

    protected override async Task<IReplicaSink> ReopenAsync()
    {
        _cosmos ??= await FakeCosmos.StartAsync();
        var sink = new CosmosSink(new CosmosSinkOptions { ConnectionString = _cosmos.ConnectionString, MaxThrottleRetries = 5 });
        await sink.OpenAsync(Token);
        return sink;
    }

    protected override async ValueTask CloseAsync()
    {
        if (_cosmos is not null)
        {
            await _cosmos.DisposeAsync();
        }
    }
}
