using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage.Postgres;
using Nave.Testing;

namespace Nave.Storage.Tests.Postgres;

/// <summary>The contract, kept by PostgreSQL. All tests are in one database, each with schemas of its own.</summary>
public sealed class PostgresStateStoreTests(PostgresFixture server) : StateStoreContract
{
    private static string? s_database;
    private static int s_tests;
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref s_tests)}_");

    protected override async ValueTask<IStateStore> OpenAsync(string name) => await PostgresStateStore.OpenAsync(
        new PostgresStateOptions
        {
            ConnectionString = s_database ??= await server.CreateDatabaseAsync(),
            Schema = _prefix + name.Replace(' ', '_'),
            Readers = 4,
        },
        TimeProvider.System, NullLogger.Instance, Deadline);

    // The database goes with the server.
    protected override ValueTask CleanUpAsync() => default;
}
