using System.Text;

namespace Nave.Storage.Sqlite;

/// <summary>Checks a state store that no process has open. Changes nothing in it.</summary>
public static class SqliteStateCheck
{
    // As many as anybody reads; a file with more is lost anyway.
    private const int MaxProblems = 100;

    /// <summary>Checks the file's structure, and that documents, terms, outbox and counters agree.</summary>
    /// <param name="path">The database file.</param>
    /// <param name="full">True: also that every index entry matches its row (reads everything, about 100 MB/s). False: structure only.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>What was found; damage is reported, not thrown.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">A process has the store open, or the file cannot be read.</exception>
    public static Task<SqliteStateReport> RunAsync(string path, bool full, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Task.Run(() => Run(Path.GetFullPath(path), full, cancellationToken), cancellationToken);
    }

    private static SqliteStateReport Run(string path, bool full, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no state store {path}.", path);
        }

        using var storeLock = SqliteStoreLock.Take(path);
        var report = new SqliteStateReport(path, SqliteLibrary.Description) { Bytes = Length(path) + Length(path + "-wal") };
        var problems = new List<string>();
        report.Problems = problems;
        var hadLog = File.Exists(path + "-wal");
        var hadIndex = File.Exists(path + "-shm");
        try
        {
            using var database = SqliteDatabase.Open(path, readOnly: true);
            using var registration = cancellationToken.UnsafeRegister(static state => ((SqliteDatabase)state!).Interrupt(), database);
            SqliteSchema.Verify(database, path);
            report.SchemaVersion = SqliteSchema.Version;
            database.Execute("BEGIN", "begin to read");
            CheckStructure(database, full, problems);
            CheckDocuments(database, report, problems, cancellationToken);
            CheckCounters(database, report, problems);
        }
        catch (InvalidDataException e)
        {
            problems.Add(e.Message);
        }
        catch (SqliteFailure e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            problems.Add(e.Message);
        }
        finally
        {
            RemoveOwnFiles(path, hadLog, hadIndex);
        }

        return report;
    }

    // A reader makes what a store that was closed has not: an empty write-ahead log and its index.
    private static void RemoveOwnFiles(string path, bool hadLog, bool hadIndex)
    {
        if (!hadLog && Length(path + "-wal") == 0)
        {
            File.Delete(path + "-wal");
        }

        if (!hadIndex)
        {
            File.Delete(path + "-shm");
        }
    }

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static void CheckStructure(SqliteDatabase database, bool full, List<string> problems)
    {
        using var check = database.PrepareOnce($"PRAGMA {(full ? "integrity_check" : "quick_check")}({MaxProblems})", "check the file");
        while (check.Step())
        {
            var line = check.GetText(0);
            if (line != "ok")
            {
                problems.Add(line);
            }
        }
    }

    private static void CheckDocuments(
        SqliteDatabase database, SqliteStateReport report, List<string> problems, CancellationToken cancellationToken)
    {
        using var documents = database.PrepareOnce("SELECT id, collection, key, terms FROM documents ORDER BY id", "read the documents");
        using var find = database.PrepareOnce(
            "SELECT document FROM terms WHERE collection=?1 AND name=?2 AND value=?3 AND key=?4", "find a term");
        var collections = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var terms = 0L;
        while (documents.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var collection = documents.GetText(1);
            collections[collection] = collections.GetValueOrDefault(collection) + 1;
            var list = documents.GetBytes(3);
            while (TermList.TryRead(ref list, out var term))
            {
                terms++;
                find.BindText(1, collection);
                find.BindText(2, term.Name);
                find.BindText(3, term.Value);
                find.BindText(4, documents.GetBytes(2));
                if (!find.Step() || find.GetInt64(0) != documents.GetInt64(0))
                {
                    Add(problems, $"{Name(documents)} is not found by its term {Encoding.UTF8.GetString(term.Name)}.");
                }

                find.Reset();
            }

            if (!list.IsEmpty)
            {
                Add(problems, $"The list of terms of {Name(documents)} is damaged.");
            }
        }

        report.Collections = collections;
        report.Terms = database.QueryInt64("SELECT count(*) FROM terms", "count the terms");
        if (report.Terms != terms)
        {
            Add(problems, $"The index has {report.Terms} terms, the documents have {terms}.");
        }
    }

    private static void CheckCounters(SqliteDatabase database, SqliteStateReport report, List<string> problems)
    {
        if (database.QueryInt64("SELECT count(*) FROM counters", "read the counters") != 1)
        {
            Add(problems, "The counters are missing: versions and outbox sequences would be used again.");
        }

        report.LastVersion = database.QueryInt64("SELECT version FROM counters", "read the counters");
        report.LastOutboxSequence = database.QueryInt64("SELECT outbox FROM counters", "read the counters");
        report.OutboxEntries = database.QueryInt64("SELECT count(*) FROM outbox", "count the outbox");
        var version = database.QueryInt64("SELECT max(version) FROM documents", "read the versions");
        if (version > report.LastVersion)
        {
            Add(problems, $"A document has version {version}, after the counter's {report.LastVersion}: it would be used again.");
        }

        var sequence = database.QueryInt64("SELECT max(sequence) FROM outbox", "read the outbox");
        if (sequence > report.LastOutboxSequence)
        {
            Add(problems, $"An outbox entry has sequence {sequence}, after the counter's {report.LastOutboxSequence}: it would be used again.");
        }
    }

    private static string Name(SqliteStatement documents) => $"{documents.GetText(1)}/{documents.GetText(2)}";

    private static void Add(List<string> problems, string problem)
    {
        if (problems.Count < MaxProblems)
        {
            problems.Add(problem);
        }
    }
}
