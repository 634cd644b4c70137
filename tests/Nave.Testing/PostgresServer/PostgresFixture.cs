using Xunit;

namespace Nave.Testing;

/// <summary>
/// One PostgreSQL server for the tests of an assembly, started when the first of them asks for a database:
/// <c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c>, and a constructor that takes it.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly Lazy<Task<PostgresServer>> _server = new(() => PostgresServer.StartAsync());

    /// <summary>Makes an empty database on the shared server.</summary>
    /// <returns>A connection string for Npgsql.</returns>
    public async Task<string> CreateDatabaseAsync() => await (await _server.Value).CreateDatabaseAsync();

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated && _server.Value.IsCompletedSuccessfully)
        {
            await (await _server.Value).DisposeAsync();
        }
    }
}
