using Nave.Testing;
using Npgsql;

namespace Nave.Fleet.Tests;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task What_was_committed_is_there_after_a_crash_of_the_server_and_its_folder_goes_with_it()
    {
        var server = await PostgresServer.StartAsync("max_connections=20");
        try
        {
            await using var source = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
            await using (var make = source.CreateCommand("CREATE TABLE t (n int); INSERT INTO t VALUES (7)"))
            {
                await make.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }

            await server.CrashAsync();
            await using var lost = source.CreateCommand("SELECT 1");
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => lost.ExecuteScalarAsync(TestContext.Current.CancellationToken));
            await server.RestartAsync();
            await using var read = source.CreateCommand("SELECT n, current_setting('fsync'), current_setting('max_connections') FROM t");
            await using var rows = await read.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            Assert.True(await rows.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal((7, "on", "20"), (rows.GetInt32(0), rows.GetString(1), rows.GetString(2)));
        }
        finally
        {
            await server.DisposeAsync();
        }

        Assert.False(Directory.Exists(server.Folder));
    }
}
