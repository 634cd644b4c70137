namespace Nave.Storage.Sqlite;

/// <summary>The tables. docs/formats/state-store.md describes them: keep the two in step.</summary>
internal static class SqliteSchema
{
    /// <summary>"NavS": in the file's header, so that `file` and we know our own.</summary>
    public const int ApplicationId = 0x4E617653;

    /// <summary>The version that this code writes, and the newest it reads.</summary>
    public const int Version = 1;

    private const string Tables = """
        CREATE TABLE documents(
          id INTEGER PRIMARY KEY,
          collection TEXT NOT NULL,
          key TEXT NOT NULL,
          version INTEGER NOT NULL,
          terms BLOB NOT NULL,
          body BLOB NOT NULL);
        CREATE UNIQUE INDEX documents_key ON documents(collection, key);
        CREATE TABLE terms(
          collection TEXT NOT NULL,
          name TEXT NOT NULL,
          value TEXT NOT NULL,
          key TEXT NOT NULL,
          document INTEGER NOT NULL,
          PRIMARY KEY(collection, name, value, key)) WITHOUT ROWID;
        CREATE TABLE outbox(
          sequence INTEGER PRIMARY KEY,
          topic TEXT NOT NULL,
          body BLOB NOT NULL);
        CREATE TABLE counters(
          id INTEGER PRIMARY KEY CHECK(id = 1),
          version INTEGER NOT NULL,
          outbox INTEGER NOT NULL);
        INSERT INTO counters VALUES(1, 0, 0);
        """;

    /// <summary>Gets a value indicating whether there is nothing in the file yet.</summary>
    public static bool IsEmpty(SqliteDatabase database) =>
        ReadApplicationId(database) == 0 && database.QueryInt64("SELECT count(*) FROM sqlite_master", "read the schema") == 0;

    /// <summary>Makes the tables, all or none.</summary>
    public static void Create(SqliteDatabase database) => database.Execute(
        $"BEGIN IMMEDIATE;{Tables}PRAGMA application_id={ApplicationId};PRAGMA user_version={Version};COMMIT;", "make the tables");

    /// <summary>Sees that the file is one of ours and of a version that this code reads.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public static void Verify(SqliteDatabase database, string path)
    {
        var id = ReadApplicationId(database);
        if (id != ApplicationId)
        {
            throw new InvalidDataException(
                $"{path} is not a state store of Nave: its application id is 0x{id:X8}, a state store has 0x{ApplicationId:X8}.");
        }

        var version = database.QueryInt64("PRAGMA user_version", "read the schema version");
        if (version is < 1 or > Version)
        {
            throw new InvalidDataException(
                $"{path} has schema version {version}; this version of Nave reads 1 to {Version}. Open it with the version of Nave that wrote it.");
        }
    }

    private static long ReadApplicationId(SqliteDatabase database) =>
        database.QueryInt64("PRAGMA application_id", "read the application id");
}
