using System.Globalization;
using Microsoft.Azure.Cosmos;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Sinks.Cosmos;

namespace Nave.Fleet.Tests.Replication.Sinks;

/// <summary>The contract on a real account, when its connection string is in NAVE_COSMOS_CONNECTION_STRING; each test makes a database and removes it.</summary>
public sealed class CosmosAccountTests : ReplicaSinkContract
{
    private readonly string _database = string.Create(CultureInfo.InvariantCulture, $"nave-test-{Guid.NewGuid():N}");

    public static bool HasAccount => !string.IsNullOrEmpty(ConnectionString);

    private static string? ConnectionString => Environment.GetEnvironmentVariable("NAVE_COSMOS_CONNECTION_STRING");

    protected override async Task<IReplicaSink> ReopenAsync()
    {
        Assert.SkipUnless(HasAccount, "NAVE_COSMOS_CONNECTION_STRING is not set.");
        var sink = new CosmosSink(new CosmosSinkOptions { ConnectionString = ConnectionString!, Database = _database }); // It is set.
        await sink.OpenAsync(Token);
        return sink;
    }

    protected override async ValueTask CloseAsync()
    {
        if (HasAccount)
        {
            using var client = new CosmosClient(ConnectionString);
            await client.GetDatabase(_database).DeleteStreamAsync();
        }
    }
}
