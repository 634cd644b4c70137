namespace Nave.Fleet.Replication.Sinks.Postgres;

/// <summary>Where documents go in PostgreSQL.</summary>
public sealed record PostgresSinkOptions
{
    /// <summary>Gets the connection string, as Npgsql takes it. Secret.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// Gets the table of documents, perhaps with a schema before a dot; the other tables have its name and <c>_history</c>, <c>_poison</c>,
    /// <c>_control</c>, and a view <c>_documents</c>.
    /// </summary>
    public string Table { get; init; } = "twins";
}
