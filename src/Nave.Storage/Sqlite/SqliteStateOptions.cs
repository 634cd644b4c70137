namespace Nave.Storage.Sqlite;

/// <summary>How a state store in SQLite works.</summary>
public sealed record SqliteStateOptions
{
    /// <summary>Gets the database file. Beside it are made: -wal and -shm (SQLite's), and .lock. Its folder is made if missing.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Gets the most transactions that wait for the writer, 1 to 1,048,576; when it is full, callers wait for room.
    /// Default 4,096: a tenth of a second of writes.
    /// </summary>
    public int QueueCapacity { get; init; } = 4096;

    /// <summary>Gets the number of read connections, 1 to 64; when all are busy, reads wait. Default: one a core, 2 to 16.</summary>
    public int Readers { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 16);

    /// <summary>Gets the writer's page cache in bytes, 1 MiB to 16 GiB. Default 64 MiB: the upper index levels of ten million documents.</summary>
    public long WriterCacheBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// Gets each reader's page cache in bytes, 64 KiB to 16 GiB. Default 2 MiB: every commit empties it, what lasts is the
    /// system's file cache.
    /// </summary>
    public long ReaderCacheBytes { get; init; } = 2L * 1024 * 1024;

    /// <summary>
    /// Gets how much is written to the write-ahead log before it is copied into the database, in bytes, 64 KiB to 4 GiB.
    /// Default 64 MiB, measured: 1.3 to 2 times the writes of 16 MiB, because hot pages are copied less often, with pauses
    /// as long. The log takes up to twice as much of the disk, and is replayed in a tenth of a second.
    /// </summary>
    public long CheckpointBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Gets the name of SQLite's file system layer; <see langword="null"/> = its own. Tests put one that forgets in its place.</summary>
    internal string? FileSystem { get; init; }
}
