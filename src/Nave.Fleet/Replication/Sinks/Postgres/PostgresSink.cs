using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Npgsql;
using NpgsqlTypes;

namespace Nave.Fleet.Replication.Sinks.Postgres;

/// <summary>
/// Documents in a table of PostgreSQL, their sections as JSONB. A batch is one transaction with one statement for all its documents and one for the
/// lease, so a checkpoint stands exactly where the documents do.
/// </summary>
public sealed partial class PostgresSink : IReplicaSink
{
    private const int PageSize = 1_000;

    private readonly NpgsqlDataSource _source;
    private readonly PostgresTables _tables;

    /// <summary>Initializes a new instance of the <see cref="PostgresSink"/> class.</summary>
    /// <exception cref="ArgumentException">The connection string or the table cannot be used.</exception>
    public PostgresSink(PostgresSinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _tables = new PostgresTables(options.Table);
        var settings = Parse(options.ConnectionString);
        settings.ApplicationName ??= "nave replicate";
        Description = $"PostgreSQL {settings.Host}/{settings.Database}, table {options.Table}";
        _source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public bool KeepsNumbersAsDoubles => false;

    /// <inheritdoc/>
    public Task OpenAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);

        // Two that make the same table at once would fail; the number is this product's own.
        await using (var make = new NpgsqlCommand($"SELECT pg_advisory_xact_lock(7253046518290); {_tables.Create}", connection, transaction))
        {
            await make.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await using (var check = new NpgsqlCommand(
            $"INSERT INTO {_tables.Control} VALUES ('schema', $1, 1) ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING (value->>'version')::int", connection, transaction))
        {
            check.Parameters.Add(new() { Value = $$"""{"version":{{PostgresTables.SchemaVersion}}}""", NpgsqlDbType = NpgsqlDbType.Jsonb });
            var found = await check.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            if (found is not PostgresTables.SchemaVersion)
            {
                throw new InvalidOperationException($"{Description} is of version {found}; this program writes version {PostgresTables.SchemaVersion}.");
            }
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDocument>> LoadAsync(IReadOnlyCollection<IdentityId> keys, CancellationToken cancellationToken) =>
        QueryAsync($"WHERE id = ANY($1)", [new() { Value = keys.Select(key => key.ToString()).ToArray() }], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredDocument>> LoadModulesAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken) =>
        QueryAsync("WHERE device_id = ANY($1) AND module_id IS NOT NULL AND NOT deleted", [new() { Value = deviceIds.ToArray() }], cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<StoredDocument>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = string.Empty;
        while (true)
        {
            var page = await QueryAsync(
                $"WHERE id > $1 AND NOT deleted ORDER BY id LIMIT {PageSize}", [new() { Value = last }], cancellationToken).ConfigureAwait(false);
            if (page.Count == 0)
            {
                yield break;
            }

            last = page[^1].Document.Id;
            yield return page;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ControlRecord>> ReadControlAsync(string prefix, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand($"SELECT key, value, revision FROM {_tables.Control} WHERE starts_with(key, $1) ORDER BY key COLLATE \"C\"");
        command.Parameters.Add(new() { Value = prefix });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var records = new List<ControlRecord>();
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            records.Add(new ControlRecord(rows.GetString(0), Json(rows, 1), Token(rows.GetInt64(2))));
        }

        return (IReadOnlyList<ControlRecord>)records;
    });

    /// <inheritdoc/>
    public Task<(long Live, long Deleted)> CountAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand($"SELECT count(*) FILTER (WHERE NOT deleted), count(*) FILTER (WHERE deleted) FROM {_tables.Documents}");
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await rows.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (rows.GetInt64(0), rows.GetInt64(1));
    });

    /// <inheritdoc/>
    public Task<(long Count, IReadOnlyList<PoisonEvent> Newest)> ReadPoisonAsync(int limit, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand($"""
            SELECT stream, partition, sequence_number, enqueued_time, device_id, module_id, operation, reason, body, count(*) OVER ()
            FROM {_tables.Poison} ORDER BY enqueued_time DESC, partition, sequence_number DESC LIMIT $1
            """);
        command.Parameters.Add(new() { Value = limit });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var events = new List<PoisonEvent>();
        var count = 0L;
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            count = rows.GetInt64(9);
            events.Add(new PoisonEvent(
                rows.GetString(0), rows.GetString(1), rows.GetInt64(2), rows.GetFieldValue<DateTimeOffset>(3), Text(rows, 4), Text(rows, 5), Text(rows, 6),
                rows.GetString(7), rows.GetFieldValue<byte[]>(8)));
        }

        return (count, (IReadOnlyList<PoisonEvent>)events);
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<HistoryEntry>> ReadHistoryAsync(IdentityId key, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand(
            $"SELECT generation_id, version, path, old_value, new_value, operation, time FROM {_tables.History} WHERE id = $1 ORDER BY time, version, path COLLATE \"C\"");
        command.Parameters.Add(new() { Value = key.ToString() });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var entries = new List<HistoryEntry>();
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            entries.Add(new HistoryEntry(
                key, rows.GetString(0), rows.GetInt64(1), rows.GetString(2), Json(rows, 3), Json(rows, 4), rows.GetString(5), rows.GetFieldValue<DateTimeOffset>(6)));
        }

        return (IReadOnlyList<HistoryEntry>)entries;
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (ArgumentException e)
        {
            // The driver's message may quote the value.
            throw new ArgumentException($"The connection string of PostgreSQL cannot be used: '{e.ParamName}' is not understood.", e);
        }
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresFailure.Of(e) is { } failure)
        {
            throw failure;
        }
    }

    private static string Token(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    private static string? Text(NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    private static RawJson Json(NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? default : RawJson.FromTrusted(rows.GetFieldValue<byte[]>(column));

    private static byte[] Bytes(RawJson json) =>
        MemoryMarshal.TryGetArray(json.Utf8, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length // An array's segment has one.
            ? segment.Array
            : json.Utf8.ToArray();

    private Task<IReadOnlyList<StoredDocument>> QueryAsync(string condition, NpgsqlParameter[] parameters, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var command = _source.CreateCommand($"SELECT {PostgresTables.Columns} FROM {_tables.Documents} {condition}");
        command.Parameters.AddRange(parameters);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var documents = new List<StoredDocument>();
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            documents.Add(new StoredDocument(
                new ReplicaDocument
                {
                    Key = new IdentityId(rows.GetString(0), Text(rows, 1)),
                    Version = rows.GetInt64(2),
                    ETag = Text(rows, 3),
                    Tags = Json(rows, 4),
                    Desired = Json(rows, 5),
                    Reported = Json(rows, 6),
                    IsDeleted = rows.GetBoolean(7),
                    LastOperation = rows.GetString(8),
                    LastOperationTime = rows.GetFieldValue<DateTimeOffset>(9),
                    GenerationId = Text(rows, 10),
                    Since = rows.IsDBNull(11) ? null : rows.GetFieldValue<DateTimeOffset>(11),
                },
                Token(rows.GetInt64(12))));
        }

        return (IReadOnlyList<StoredDocument>)documents;
    });
}
