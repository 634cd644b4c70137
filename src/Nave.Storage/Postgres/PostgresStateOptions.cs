namespace Nave.Storage.Postgres;

/// <summary>How a state store in a PostgreSQL server works.</summary>
public sealed record PostgresStateOptions
{
    /// <summary>The schema where none is named.</summary>
    public const string DefaultSchema = "nave";

    /// <summary>
    /// Gets the connection string, in Npgsql's form: <c>Host=db;Database=nave;Username=nave;Password=…</c>. Several hosts are
    /// permitted: the primary among them is used. A pooler between must keep a session for a connection.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// Gets the schema of the store, which it makes and versions itself: 1 to 63 of a–z, 0–9 and _, no digit first, not pg_….
    /// Stores with other schemas may be in the same database.
    /// </summary>
    public string Schema { get; init; } = DefaultSchema;

    /// <summary>
    /// Gets the most transactions that wait for the writer, 1 to 1,048,576; when it is full, callers wait for room. Default 4,096.
    /// </summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>Gets the number of read connections, 1 to 64; when all are busy, reads wait. Default: two a core, 4 to 16.</summary>
    public int Readers { get; init; } = Math.Clamp(2 * Environment.ProcessorCount, 4, 16);

    /// <summary>
    /// Gets how long one exchange with the server may take before its connection is given up, 1 second to an hour. Default 60 seconds:
    /// a commit that waits for a synchronous standby is not one that failed.
    /// </summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Gets how long opening waits for the lock that says "one process at a time", 0 to 10 minutes. Default 5 seconds: the server
    /// takes a moment to see that a process that was killed is gone.
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets how often a connection that has nothing to write is looked at, 100 milliseconds to 10 minutes. Default 5 seconds.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Tells where the store is, without secrets.</summary>
    public override string ToString() => $"PostgreSQL, schema {Schema}";
}
