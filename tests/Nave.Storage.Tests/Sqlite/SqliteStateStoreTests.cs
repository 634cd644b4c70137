using Microsoft.Extensions.Logging.Abstractions;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Storage.Tests.Sqlite;

/// <summary>The contract, kept by SQLite.</summary>
public sealed class SqliteStateStoreTests : StateStoreContract
{
    private readonly TemporaryFolder _folder = new();

    protected override async ValueTask<IStateStore> OpenAsync(string name) => await SqliteStateStore.OpenAsync(
        new SqliteStateOptions { Path = Path.Combine(_folder.Path, name + ".db") }, NullLogger.Instance, Deadline);

    protected override ValueTask CleanUpAsync()
    {
        _folder.Dispose();
        return default;
    }
}
