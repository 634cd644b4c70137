using Npgsql;

namespace Nave.Storage.Postgres;

/// <summary>
/// The tables and the statements over them. docs/formats/state-store-postgres.md describes them: keep the two in step. All text is
/// bytea of UTF-8: ordered by its bytes whatever the database's collation, and with NUL where a key has it.
/// </summary>
internal sealed class PostgresSchema(string name)
{
    // Quoted: a schema may be called "user" or "order".
    private readonly string _schema = Quote(name);

    /// <summary>The version that this code writes, and the newest it reads.</summary>
    public const int Version = 1;

    // A value that is not of our making in a table called "store" is unlikely to be this.
    private const string Kind = "nave state store";

    /// <summary>Gets the schema's name.</summary>
    public string Name { get; } = name;

    /// <summary>Gets the statement that tells who writes: epoch, version, last of the outbox, first that is still in it.</summary>
    public string ReadCounters { get; } = $"SELECT epoch, version, outbox, (SELECT min(sequence) FROM {Quote(name)}.outbox) FROM {Quote(name)}.store";

    /// <summary>Gets the statement that makes whoever opened the store before a stranger.</summary>
    public string TakeOver { get; } = $"UPDATE {Quote(name)}.store SET epoch=epoch+1";

    /// <summary>
    /// Gets the statement that every commit starts with: it saves the counters, and fails with a division by zero if somebody else has
    /// opened the store, has written, or is at the other end of a connection that is not the one the lock was taken on.
    /// 1 epoch, 2 version before, 3 process of the server, 4 version, 5 outbox.
    /// </summary>
    public string SaveCounters { get; } = $"""
        WITH saved AS (
          UPDATE {Quote(name)}.store SET version=$4, outbox=$5 WHERE epoch=$1 AND version=$2 AND pg_backend_pid()=$3 RETURNING 1)
        SELECT 1/count(*) FROM saved
        """;

    public string Find { get; } = $"""
        SELECT k.n, d.version, d.terms FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS k(collection, key, n)
        JOIN {Quote(name)}.documents d ON d.collection=k.collection AND d.key=k.key
        """;

    public string Put { get; } = $"""
        INSERT INTO {Quote(name)}.documents(collection, key, version, terms, body)
        SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bytea[], $5::bytea[])
        ON CONFLICT (collection, key) DO UPDATE SET version=excluded.version, terms=excluded.terms, body=excluded.body
        """;

    public string Delete { get; } = $"""
        DELETE FROM {Quote(name)}.documents d USING unnest($1::bytea[], $2::bytea[]) AS k(collection, key)
        WHERE d.collection=k.collection AND d.key=k.key
        """;

    public string AddTerms { get; } = $"INSERT INTO {Quote(name)}.terms(term, key) SELECT * FROM unnest($1::bytea[], $2::bytea[])";

    public string RemoveTerms { get; } =
        $"DELETE FROM {Quote(name)}.terms t USING unnest($1::bytea[], $2::bytea[]) AS k(term, key) WHERE t.term=k.term AND t.key=k.key";

    public string AddOutbox { get; } =
        $"INSERT INTO {Quote(name)}.outbox(sequence, topic, body) SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])";

    public string RemoveOutbox { get; } = $"DELETE FROM {Quote(name)}.outbox WHERE sequence<=$1";

    public string Read { get; } = $"SELECT version, body FROM {Quote(name)}.documents WHERE collection=$1 AND key=$2";

    /// <summary>Gets the page of a scan: 1 collection, 2 first key, 3 key after the last, 4 most rows, 5 bytes of bodies after which it ends.</summary>
    public string Scan { get; } = Page(
        $"SELECT key, version, body FROM {Quote(name)}.documents WHERE collection=$1 AND key>=$2 AND key<$3 ORDER BY key LIMIT $4");

    /// <summary>Gets the page of a scan for terms, which are parameter 6: each has its first keys looked up in order, so that no page sorts all.</summary>
    public string ScanTerms { get; } = Page($"""
        SELECT d.key, d.version, d.body FROM (
          SELECT DISTINCT k.key FROM unnest($6::bytea[]) AS t(term) CROSS JOIN LATERAL (
            SELECT key FROM {Quote(name)}.terms WHERE term=t.term AND key>=$2 AND key<$3 ORDER BY key LIMIT $4) k
          ORDER BY k.key LIMIT $4) f
        JOIN {Quote(name)}.documents d ON d.collection=$1 AND d.key=f.key
        """);

    /// <summary>Gets the count of a scan: 1 collection, 2 first key, 3 key after the last, 4 limit.</summary>
    public string Count { get; } =
        $"SELECT count(*) FROM (SELECT 1 FROM {Quote(name)}.documents WHERE collection=$1 AND key>=$2 AND key<$3 LIMIT $4) f";

    /// <summary>Gets the count of a scan for terms: 1 first key, 2 key after the last, 3 limit, 4 terms.</summary>
    public string CountTerms { get; } =
        $"SELECT count(*) FROM (SELECT DISTINCT key FROM {Quote(name)}.terms WHERE term=ANY($4::bytea[]) AND key>=$1 AND key<$2 LIMIT $3) f";

    /// <summary>Gets the read of the outbox: 1 after which, 2 most rows.</summary>
    public string ReadOutbox { get; } = $"SELECT sequence, topic, body FROM {Quote(name)}.outbox WHERE sequence>$1 ORDER BY sequence LIMIT $2";

    /// <summary>
    /// Gets what takes space and gives it back, to see whether the server has some: a table of 2 MiB that never comes to be.
    /// </summary>
    public string TryRoom { get; } = $"""
        BEGIN;
        CREATE TABLE {Quote(name)}.room(body bytea);
        ALTER TABLE {Quote(name)}.room ALTER body SET STORAGE EXTERNAL;
        INSERT INTO {Quote(name)}.room SELECT convert_to(repeat(md5(n::text), 4096), 'UTF8') FROM generate_series(1, 16) AS n;
        ROLLBACK;
        """;

    /// <summary>Makes the tables if there are none, else sees that they are ours and of a version that this code reads. The caller holds the lock.</summary>
    /// <exception cref="InvalidDataException">They are not.</exception>
    public async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await AskAsync(connection, $"SELECT to_regclass('{_schema}.store') IS NULL", cancellationToken).ConfigureAwait(false) is true)
        {
            var others = await AskAsync(
                connection, $"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid=c.relnamespace WHERE n.nspname='{Name}'", cancellationToken)
                .ConfigureAwait(false);
            if (others is not 0L)
            {
                throw new InvalidDataException($"The schema {Name} holds {others} tables or indexes and no state store of Nave; an empty schema, or none, is needed.");
            }

            // A role that may not make schemas can be given one.
            var create = await AskAsync(connection, $"SELECT to_regnamespace('{_schema}') IS NULL", cancellationToken).ConfigureAwait(false) is true
                ? $"CREATE SCHEMA {_schema};"
                : string.Empty;
            await AskAsync(connection, $"BEGIN;{create}{Tables()}COMMIT;", cancellationToken).ConfigureAwait(false);
            return;
        }

        object? kind;
        object? version;
        try
        {
            kind = await AskAsync(connection, $"SELECT kind FROM {_schema}.store", cancellationToken).ConfigureAwait(false);
            version = await AskAsync(connection, $"SELECT format FROM {_schema}.store", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedColumn)
        {
            (kind, version) = (null, null);
        }

        if (kind is not Kind)
        {
            throw new InvalidDataException($"The schema {Name} is not a state store of Nave: its table 'store' is another's.");
        }

        if (version is not int format || format is < 1 or > Version)
        {
            throw new InvalidDataException(
                $"The state store {Name} has format {version}; this version of Nave reads 1 to {Version}. Open it with the version of Nave that wrote it.");
        }
    }

    private static string Quote(string name) => $"\"{name}\"";

    // Large bodies lie beside their rows, and their lengths are known without them: what is beyond the page is never read.
    private static string Page(string rows) => $"""
        SELECT key, version, body FROM (
          SELECT key, version, body, sum(octet_length(body)) OVER (ORDER BY key ROWS UNBOUNDED PRECEDING) - octet_length(body) AS before
          FROM ({rows}) r) p
        WHERE before<$5 ORDER BY key
        """;

    private static async Task<object?> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private string Tables() => $"""
        CREATE TABLE {_schema}.store(
          id smallint PRIMARY KEY CHECK(id = 1),
          kind text NOT NULL,
          format integer NOT NULL,
          epoch bigint NOT NULL,
          version bigint NOT NULL,
          outbox bigint NOT NULL) WITH (fillfactor=10);
        INSERT INTO {_schema}.store VALUES(1, '{Kind}', {Version}, 0, 0, 0);
        CREATE TABLE {_schema}.documents(
          collection bytea NOT NULL,
          key bytea NOT NULL,
          version bigint NOT NULL,
          terms bytea NOT NULL,
          body bytea NOT NULL,
          PRIMARY KEY(collection, key)) WITH (fillfactor=85);
        CREATE TABLE {_schema}.terms(
          term bytea NOT NULL,
          key bytea NOT NULL,
          PRIMARY KEY(term, key));
        CREATE TABLE {_schema}.outbox(
          sequence bigint PRIMARY KEY,
          topic bytea NOT NULL,
          body bytea NOT NULL);
        """;
}
