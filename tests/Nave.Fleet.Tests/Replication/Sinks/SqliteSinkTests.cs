using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.Sqlite;
using Nave.Testing;

namespace Nave.Fleet.Tests.Replication.Sinks;

public sealed class SqliteSinkTests : ReplicaSinkContract
{
    private readonly TemporaryFolder _folder = new();

    protected override async Task<IReplicaSink> ReopenAsync()
    {
        var sink = new SqliteSink(new SqliteSinkOptions { Path = _folder.File("target/twins.db") });
        await sink.OpenAsync(Token);
        return sink;
    }

    protected override ValueTask CloseAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
