namespace Nave.Storage.Sqlite;

/// <summary>Checks <see cref="SqliteStateOptions"/>.</summary>
public static class SqliteStateOptionsValidator
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;
    private const long GiB = 1024 * MiB;

    /// <summary>Finds every problem.</summary>
    /// <returns>One sentence for each; none if the options are fit for use.</returns>
    public static IReadOnlyList<string> Validate(SqliteStateOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Path))
        {
            problems.Add("Path is empty: it must name the database file.");
        }

        CheckRange(problems, nameof(options.QueueCapacity), options.QueueCapacity, 1, MiB);
        CheckRange(problems, nameof(options.Readers), options.Readers, 1, 64);
        CheckRange(problems, nameof(options.WriterCacheBytes), options.WriterCacheBytes, MiB, 16 * GiB);
        CheckRange(problems, nameof(options.ReaderCacheBytes), options.ReaderCacheBytes, 64 * KiB, 16 * GiB);
        CheckRange(problems, nameof(options.CheckpointBytes), options.CheckpointBytes, 64 * KiB, 4 * GiB);
        return problems;
    }

    private static void CheckRange(List<string> problems, string name, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            problems.Add($"{name} is {value}; {min} to {max} is permitted.");
        }
    }
}
