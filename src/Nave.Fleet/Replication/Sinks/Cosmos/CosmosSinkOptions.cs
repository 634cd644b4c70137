namespace Nave.Fleet.Replication.Sinks.Cosmos;

/// <summary>Where documents go in Azure Cosmos DB (NoSQL API).</summary>
public sealed record CosmosSinkOptions
{
    /// <summary>Gets the account: <c>AccountEndpoint=…;AccountKey=…;</c>. Secret.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Gets the database; it is made if it is not there.</summary>
    public string Database { get; init; } = "nave";

    /// <summary>
    /// Gets the container of documents, partitioned by <c>/deviceId</c>; it is made if it is not there. A second one, with <c>-replication</c> behind its
    /// name, holds leases, checkpoints, history and what was set aside.
    /// </summary>
    public string Container { get; init; } = "twins";

    /// <summary>Gets how many requests are under way at once. Origin of 32: keeps a container of 10,000 RU/s busy from one region away.</summary>
    public int Parallelism { get; init; } = 32;

    /// <summary>Gets how often a request that the account asks to repeat later (429) is repeated before the whole batch is. Origin of 9: the SDK's default.</summary>
    public int MaxThrottleRetries { get; init; } = 9;
}
