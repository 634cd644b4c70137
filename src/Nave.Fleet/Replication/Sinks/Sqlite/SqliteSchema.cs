namespace Nave.Fleet.Replication.Sinks.Sqlite;

/// <summary>The tables of the SQLite sink. They are a format: docs/replication.md.</summary>
internal static class SqliteSchema
{
    /// <summary>Kept as SQLite's <c>user_version</c>.</summary>
    public const int Version = 1;

    public const string Columns =
        "device_id, module_id, version, etag, tags, desired, reported, deleted, last_operation, last_operation_time, generation_id, since, revision";

    public const string Create = """
        CREATE TABLE IF NOT EXISTS twins (
            id TEXT PRIMARY KEY, device_id TEXT NOT NULL, module_id TEXT, version INTEGER NOT NULL, etag TEXT,
            tags TEXT NOT NULL, desired TEXT NOT NULL, reported TEXT NOT NULL, deleted INTEGER NOT NULL,
            last_operation TEXT NOT NULL, last_operation_time TEXT NOT NULL, generation_id TEXT, since TEXT, revision INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS twins_modules ON twins (device_id) WHERE module_id IS NOT NULL;
        CREATE TABLE IF NOT EXISTS twins_history (
            id TEXT NOT NULL, generation_id TEXT NOT NULL, version INTEGER NOT NULL, path TEXT NOT NULL, operation TEXT NOT NULL,
            device_id TEXT NOT NULL, module_id TEXT, old_value TEXT, new_value TEXT, time TEXT NOT NULL,
            PRIMARY KEY (id, generation_id, version, path, operation)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS twins_poison (
            stream TEXT NOT NULL, partition TEXT NOT NULL, sequence_number INTEGER NOT NULL, enqueued_time TEXT NOT NULL,
            device_id TEXT, module_id TEXT, operation TEXT, reason TEXT NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (stream, partition, sequence_number)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS twins_control (key TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
        CREATE VIEW IF NOT EXISTS twins_documents AS SELECT id, json_object(
            'id', id, 'deviceId', device_id, 'moduleId', module_id, 'version', version, 'etag', etag, 'tags', json(tags), 'desired', json(desired),
            'reported', json(reported), 'deleted', json(CASE deleted WHEN 0 THEN 'false' ELSE 'true' END), 'lastOperation', last_operation,
            'lastOperationTime', last_operation_time, 'generationId', generation_id, 'since', since) AS document FROM twins;
        """;

    public const string Insert = """
        INSERT INTO twins (id, device_id, module_id, version, etag, tags, desired, reported, deleted, last_operation, last_operation_time, generation_id,
            since, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 + 1)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version, etag = excluded.etag, tags = excluded.tags, desired = excluded.desired,
            reported = excluded.reported, deleted = excluded.deleted, last_operation = excluded.last_operation,
            last_operation_time = excluded.last_operation_time, generation_id = excluded.generation_id, since = excluded.since,
            revision = excluded.revision
        WHERE twins.revision = ?14
        RETURNING revision
        """;

    public const string InsertHistory = "INSERT INTO twins_history (id, generation_id, version, path, operation, device_id, module_id, old_value, new_value, time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";

    public const string InsertPoison = "INSERT INTO twins_poison (stream, partition, sequence_number, enqueued_time, device_id, module_id, operation, reason, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING";
}
