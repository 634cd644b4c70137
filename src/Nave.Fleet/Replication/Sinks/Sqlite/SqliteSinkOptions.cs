namespace Nave.Fleet.Replication.Sinks.Sqlite;

/// <summary>Where documents go in SQLite.</summary>
public sealed record SqliteSinkOptions
{
    /// <summary>Gets the database file; it is made if it is not there.</summary>
    public required string Path { get; init; }

    /// <summary>Gets how long a write waits for another process. Origin of 30 s: the command time-out of Npgsql.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
