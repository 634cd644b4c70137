namespace Nave.Fleet.Replication.Sinks.Postgres;

/// <summary>The names of the tables, quoted, and how they are made. The columns are a format: docs/replication.md.</summary>
internal sealed class PostgresTables
{
    /// <summary>What <see cref="Columns"/> and the statements are of.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The columns of a document as they are read.</summary>
    public const string Columns =
        "device_id, module_id, version, etag, tags, desired, reported, deleted, last_operation, last_operation_time, generation_id, since, revision";

    // PostgreSQL cuts names to 63 bytes.
    private const int MaxName = 63;
    private const int LongestSuffix = 10;

    private readonly string _schema;
    private readonly string _name;

    /// <summary>Initializes the names.</summary>
    /// <param name="table">The table, perhaps with a schema.</param>
    /// <exception cref="ArgumentException">It is no name.</exception>
    public PostgresTables(string table)
    {
        var dot = table.IndexOf('.', StringComparison.Ordinal);
        _schema = dot < 0 ? string.Empty : table[..dot];
        _name = table[(dot + 1)..];
        if ((dot >= 0 && !IsName(_schema)) || !IsName(_name) || _name.Length > MaxName - LongestSuffix)
        {
            throw new ArgumentException($"The table is '{table}'; a name of letters, digits and '_', at most {MaxName - LongestSuffix} of them, perhaps with a schema and a dot, is permitted.");
        }

        Documents = Quote(string.Empty);
        History = Quote("_history");
        Poison = Quote("_poison");
        Control = Quote("_control");
    }

    public string Documents { get; }

    public string History { get; }

    public string Poison { get; }

    public string Control { get; }

    /// <summary>Gets the statements that make what is missing.</summary>
    public string Create => $"""
        {(_schema.Length == 0 ? string.Empty : $"CREATE SCHEMA IF NOT EXISTS \"{_schema}\";")}
        CREATE TABLE IF NOT EXISTS {Documents} (
            id text PRIMARY KEY, device_id text NOT NULL, module_id text, version bigint NOT NULL, etag text,
            tags jsonb NOT NULL, desired jsonb NOT NULL, reported jsonb NOT NULL, deleted boolean NOT NULL,
            last_operation text NOT NULL, last_operation_time timestamptz NOT NULL, generation_id text, since timestamptz, revision bigint NOT NULL);
        CREATE INDEX IF NOT EXISTS "{_name}_modules" ON {Documents} (device_id) WHERE module_id IS NOT NULL;
        CREATE TABLE IF NOT EXISTS {History} (
            id text NOT NULL, generation_id text NOT NULL, version bigint NOT NULL, path text NOT NULL, operation text NOT NULL,
            device_id text NOT NULL, module_id text, old_value jsonb, new_value jsonb, time timestamptz NOT NULL,
            PRIMARY KEY (id, generation_id, version, path, operation));
        CREATE TABLE IF NOT EXISTS {Poison} (
            stream text NOT NULL, partition text NOT NULL, sequence_number bigint NOT NULL, enqueued_time timestamptz NOT NULL,
            device_id text, module_id text, operation text, reason text NOT NULL, body bytea NOT NULL, set_aside timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (stream, partition, sequence_number));
        CREATE TABLE IF NOT EXISTS {Control} (key text PRIMARY KEY, value jsonb NOT NULL, revision bigint NOT NULL);
        CREATE OR REPLACE VIEW {Quote("_documents")} AS SELECT id, jsonb_build_object(
            'id', id, 'deviceId', device_id, 'moduleId', module_id, 'version', version, 'etag', etag, 'tags', tags, 'desired', desired,
            'reported', reported, 'deleted', deleted, 'lastOperation', last_operation, 'lastOperationTime', last_operation_time,
            'generationId', generation_id, 'since', since) AS document FROM {Documents};
        """;

    private static bool IsName(string text) =>
        text.Length is > 0 and <= MaxName && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private string Quote(string suffix) => _schema.Length == 0 ? $"\"{_name}{suffix}\"" : $"\"{_schema}\".\"{_name}{suffix}\"";
}
