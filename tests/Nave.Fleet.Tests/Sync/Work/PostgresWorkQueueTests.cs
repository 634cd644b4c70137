using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage;
using Nave.Storage.Postgres;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Work;

/// <summary>The durable queue, over PostgreSQL.</summary>
public sealed class PostgresWorkQueueTests(PostgresFixture server) : WorkQueueTests
{
    private string? _database;

    protected override async Task<IStateStore> OpenStoreAsync() => await PostgresStateStore.OpenAsync(
        new PostgresStateOptions { ConnectionString = _database ??= await server.CreateDatabaseAsync(), Readers = 2 },
        TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
}
