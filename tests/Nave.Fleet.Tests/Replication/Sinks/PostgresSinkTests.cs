using Nave.Api;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.Postgres;
using Nave.Fleet.Tests.Replication.Support;
using Nave.Testing;
using Npgsql;

namespace Nave.Fleet.Tests.Replication.Sinks;

public sealed class PostgresSinkTests(PostgresFixture postgres) : ReplicaSinkContract
{
    private string? _connectionString;

    [Fact]
    public async Task A_value_that_jsonb_cannot_hold_is_refused_and_nothing_of_its_batch_is_written()
    {
        var bad = Twins.Document("bad") with { Tags = RawJson.Parse("""{"t":"\u0000"}""") };
        await Assert.ThrowsAsync<SinkRefusedException>(() => WriteAsync(Twins.Document("good"), bad));
        Assert.Equal((0, 0), await Sink.CountAsync(Token));
        await WriteAsync(Twins.Document("good"));
    }

    [Fact]
    public async Task The_view_shows_documents_with_the_names_of_the_wire()
    {
        await WriteAsync(Twins.Document("d1", "m1", version: 4));
        await using var source = NpgsqlDataSource.Create(_connectionString!); // Made before each test.
        await using var read = source.CreateCommand("SELECT document->>'moduleId', (document->>'version')::int, document->'tags'->>'site', document->>'deleted' FROM twins_documents WHERE id = 'd1/m1'");
        await using var rows = await read.ExecuteReaderAsync(Token);
        Assert.True(await rows.ReadAsync(Token));
        Assert.Equal(("m1", 4, "Köln – 東京", "false"), (rows.GetString(0), rows.GetInt32(1), rows.GetString(2), rows.GetString(3)));
    }

    [Fact]
    public async Task A_server_that_goes_away_is_an_outage_and_no_error()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var sink = new PostgresSink(new PostgresSinkOptions { ConnectionString = await server.CreateDatabaseAsync(), Table = "other.twins" });
        await sink.OpenAsync(Token);
        await server.CrashAsync();
        var write = new SinkWrite { Documents = [new(Twins.Document("d1"), null)] };
        await Assert.ThrowsAsync<SinkUnavailableException>(() => sink.WriteAsync(write, Token));
        await Assert.ThrowsAsync<SinkUnavailableException>(() => sink.CountAsync(Token));
        await server.RestartAsync();
        Assert.True((await sink.WriteAsync(write, Token)).IsWritten);
    }

    [Theory]
    [InlineData("twins; DROP TABLE x")]
    [InlineData("a.b.c")]
    [InlineData("")]
    [InlineData("1twins")]
    public void A_table_that_is_no_name_is_refused(string table) =>
        Assert.Throws<ArgumentException>(() => new PostgresSink(new PostgresSinkOptions { ConnectionString = "Host=h", Table = table }));

    [Fact]
    public void A_malformed_connection_string_is_told_without_its_secret()
    {
        var e = Assert.Throws<ArgumentException>(() => new PostgresSink(new PostgresSinkOptions { ConnectionString = "Host=h;Password=hunter2;Prot=5" }));
        Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal);
    }

    protected override async Task<IReplicaSink> ReopenAsync()
    {
        var sink = new PostgresSink(new PostgresSinkOptions { ConnectionString = _connectionString ??= await postgres.CreateDatabaseAsync() });
        await sink.OpenAsync(Token);
        return sink;
    }
}
