using System.Buffers;

namespace Nave.Storage.Postgres;

/// <summary>Checks <see cref="PostgresStateOptions"/>.</summary>
public static class PostgresStateOptionsValidator
{
    // PostgreSQL's NAMEDATALEN - 1.
    private const int MaxSchemaLength = 63;

    private static readonly SearchValues<char> s_schemaCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>Finds every problem.</summary>
    /// <returns>One sentence for each, none with a part of the connection string; none if the options are fit for use.</returns>
    public static IReadOnlyList<string> Validate(PostgresStateOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = new List<string>();
        if (PostgresConnections.Problem(options.ConnectionString) is { } problem)
        {
            problems.Add(problem);
        }

        if (!IsSchema(options.Schema))
        {
            problems.Add($"Schema is '{options.Schema}'; 1 to {MaxSchemaLength} of a-z, 0-9 and _ are permitted, no digit first, and not pg_….");
        }

        CheckRange(problems, nameof(options.QueueCapacity), options.QueueCapacity, 1, 1024 * 1024);
        CheckRange(problems, nameof(options.Readers), options.Readers, 1, 64);
        CheckRange(problems, nameof(options.CommandTimeout), options.CommandTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        CheckRange(problems, nameof(options.LockTimeout), options.LockTimeout, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        CheckRange(problems, nameof(options.WatchInterval), options.WatchInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        return problems;
    }

    private static bool IsSchema(string? schema) =>
        schema is { Length: >= 1 and <= MaxSchemaLength } && !char.IsAsciiDigit(schema[0]) && !schema.AsSpan().ContainsAnyExcept(s_schemaCharacters)
        && !schema.StartsWith("pg_", StringComparison.Ordinal);

    private static void CheckRange<T>(List<string> problems, string name, T value, T min, T max)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
        {
            problems.Add($"{name} is {value}; {min} to {max} is permitted.");
        }
    }
}
