namespace Nave.Storage.Sqlite;

/// <summary>What <see cref="SqliteStateCheck"/> found.</summary>
/// <param name="Path">The file.</param>
/// <param name="Library">Which SQLite read it: see <see cref="SqliteLibrary.Description"/>.</param>
public sealed record SqliteStateReport(string Path, string Library)
{
    /// <summary>Gets the version of the tables, 0 if the file is not a state store.</summary>
    public int SchemaVersion { get; internal set; }

    /// <summary>Gets the size of the file and its write-ahead log, in bytes.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Gets the number of documents in each collection.</summary>
    public IReadOnlyDictionary<string, long> Collections { get; internal set; } = new Dictionary<string, long>();

    /// <summary>Gets the number of terms of all documents.</summary>
    public long Terms { get; internal set; }

    /// <summary>Gets the number of entries that wait in the outbox.</summary>
    public long OutboxEntries { get; internal set; }

    /// <summary>Gets the last version given to a transaction.</summary>
    public long LastVersion { get; internal set; }

    /// <summary>Gets the last sequence given to an entry of the outbox.</summary>
    public long LastOutboxSequence { get; internal set; }

    /// <summary>Gets what is wrong, one sentence each; none if the store is sound.</summary>
    public IReadOnlyList<string> Problems { get; internal set; } = [];
}
