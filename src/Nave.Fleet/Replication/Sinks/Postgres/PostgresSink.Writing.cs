using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Nave.Fleet.Replication.Sinks.Postgres;

/// <content>Writes.</content>
public sealed partial class PostgresSink
{
    /// <inheritdoc/>
    public Task<SinkOutcome> WriteAsync(SinkWrite write, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        ArgumentNullException.ThrowIfNull(write);
        await using var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);

        // Always in the same order, so that two writers never wait for each other.
        var documents = write.Documents.OrderBy(each => each.Document.Id, StringComparer.Ordinal).ToArray();
        Add(batch, "BEGIN");
        if (write.Control is { } control)
        {
            batch.BatchCommands.Add(ControlCommand(control));
        }

        if (documents.Length > 0)
        {
            batch.BatchCommands.Add(DocumentsCommand(documents));
        }

        if (write.History.Count > 0)
        {
            batch.BatchCommands.Add(HistoryCommand(write.History));
        }

        if (write.Poison.Count > 0)
        {
            batch.BatchCommands.Add(PoisonCommand(write.Poison));
        }

        var written = new Dictionary<string, string>(documents.Length, StringComparer.Ordinal);
        string? controlToken = null;
        var isControlLost = false;
        try
        {
            await using (var rows = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            {
                if (write.Control is not null)
                {
                    isControlLost = !await rows.ReadAsync(cancellationToken).ConfigureAwait(false);
                    controlToken = isControlLost ? null : Token(rows.GetInt64(0));
                    await rows.NextResultAsync(cancellationToken).ConfigureAwait(false);
                }

                while (documents.Length > 0 && await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    written.Add(rows.GetString(0), Token(rows.GetInt64(1)));
                }
            }

            var conflicts = documents.Length == written.Count ? [] : documents.Select(each => each.Document.Id).Where(id => !written.ContainsKey(id)).ToArray();
            var isGood = !isControlLost && conflicts.Length == 0;
            await using var end = new NpgsqlCommand(isGood ? "COMMIT" : "ROLLBACK", connection);
            await end.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return isGood
                ? new SinkOutcome { Tokens = written, ControlToken = write.Control?.Value.IsUndefined == true ? null : controlToken }
                : new SinkOutcome { Conflicts = conflicts, IsControlLost = isControlLost };
        }
        catch (PostgresException)
        {
            // The server is in a failed transaction; the connection goes back to the pool, which resets it.
            await RollBackAsync(connection).ConfigureAwait(false);
            throw;
        }
    });

    private static void Add(NpgsqlBatch batch, string sql) => batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));

    private static async Task RollBackAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var end = new NpgsqlCommand("ROLLBACK", connection);
            await end.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The connection is broken: the server has rolled back by itself.
        }
    }

    private static NpgsqlParameter Column<T>(IEnumerable<T> values, NpgsqlDbType type) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };

    private NpgsqlBatchCommand ControlCommand(ControlWrite control)
    {
        var sql = control switch
        {
            { Value.IsUndefined: true } => $"DELETE FROM {_tables.Control} WHERE key = $1 AND revision = $2 RETURNING revision",
            { Expected: null } => $"INSERT INTO {_tables.Control} (key, value, revision) VALUES ($1, $3, 1) ON CONFLICT (key) DO NOTHING RETURNING revision",
            _ => $"UPDATE {_tables.Control} SET value = $3, revision = revision + 1 WHERE key = $1 AND revision = $2 RETURNING revision",
        };
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new() { Value = control.Key });
        command.Parameters.Add(new() { Value = control.Expected is null ? 0L : long.Parse(control.Expected, CultureInfo.InvariantCulture), NpgsqlDbType = NpgsqlDbType.Bigint });
        if (!control.Value.IsUndefined)
        {
            command.Parameters.Add(new() { Value = Bytes(control.Value), NpgsqlDbType = NpgsqlDbType.Jsonb });
        }

        return command;
    }

    private NpgsqlBatchCommand DocumentsCommand(DocumentWrite[] documents)
    {
        // A row whose revision is not the expected one is left as it is, and its id does not come back.
        var command = new NpgsqlBatchCommand($"""
            INSERT INTO {_tables.Documents} AS t (id, device_id, module_id, version, etag, tags, desired, reported, deleted, last_operation,
                last_operation_time, generation_id, since, revision)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            ON CONFLICT (id) DO UPDATE SET version = excluded.version, etag = excluded.etag, tags = excluded.tags, desired = excluded.desired,
                reported = excluded.reported, deleted = excluded.deleted, last_operation = excluded.last_operation,
                last_operation_time = excluded.last_operation_time, generation_id = excluded.generation_id, since = excluded.since,
                revision = excluded.revision
            WHERE t.revision = excluded.revision - 1
            RETURNING id, revision
            """);
        command.Parameters.Add(Column(documents.Select(each => each.Document.Id), NpgsqlDbType.Text));
        command.Parameters.Add(Column(documents.Select(each => each.Document.Key.DeviceId), NpgsqlDbType.Text));
        command.Parameters.Add(Column(documents.Select(each => each.Document.Key.ModuleId), NpgsqlDbType.Text));
        command.Parameters.Add(Column(documents.Select(each => each.Document.Version), NpgsqlDbType.Bigint));
        command.Parameters.Add(Column(documents.Select(each => each.Document.ETag), NpgsqlDbType.Text));
        command.Parameters.Add(Column(documents.Select(each => Bytes(each.Document.Tags)), NpgsqlDbType.Jsonb));
        command.Parameters.Add(Column(documents.Select(each => Bytes(each.Document.Desired)), NpgsqlDbType.Jsonb));
        command.Parameters.Add(Column(documents.Select(each => Bytes(each.Document.Reported)), NpgsqlDbType.Jsonb));
        command.Parameters.Add(Column(documents.Select(each => each.Document.IsDeleted), NpgsqlDbType.Boolean));
        command.Parameters.Add(Column(documents.Select(each => each.Document.LastOperation), NpgsqlDbType.Text));
        command.Parameters.Add(Column(documents.Select(each => each.Document.LastOperationTime.UtcDateTime), NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Column(documents.Select(each => each.Document.GenerationId), NpgsqlDbType.Text));
        command.Parameters.Add(Column(documents.Select(each => each.Document.Since?.UtcDateTime), NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Column(documents.Select(each => each.Expected is null ? 1L : long.Parse(each.Expected, CultureInfo.InvariantCulture) + 1), NpgsqlDbType.Bigint));
        return command;
    }

    private NpgsqlBatchCommand HistoryCommand(IReadOnlyList<HistoryEntry> history)
    {
        var command = new NpgsqlBatchCommand($"""
            INSERT INTO {_tables.History} (id, generation_id, version, path, operation, device_id, module_id, old_value, new_value, time)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
            """);
        command.Parameters.Add(Column(history.Select(each => each.Key.ToString()), NpgsqlDbType.Text));
        command.Parameters.Add(Column(history.Select(each => each.GenerationId), NpgsqlDbType.Text));
        command.Parameters.Add(Column(history.Select(each => each.Version), NpgsqlDbType.Bigint));
        command.Parameters.Add(Column(history.Select(each => each.Path), NpgsqlDbType.Text));
        command.Parameters.Add(Column(history.Select(each => each.Operation), NpgsqlDbType.Text));
        command.Parameters.Add(Column(history.Select(each => each.Key.DeviceId), NpgsqlDbType.Text));
        command.Parameters.Add(Column(history.Select(each => each.Key.ModuleId), NpgsqlDbType.Text));
        command.Parameters.Add(Column(history.Select(each => each.Old.IsUndefined ? null : Bytes(each.Old)), NpgsqlDbType.Jsonb));
        command.Parameters.Add(Column(history.Select(each => each.New.IsUndefined ? null : Bytes(each.New)), NpgsqlDbType.Jsonb));
        command.Parameters.Add(Column(history.Select(each => each.Time.UtcDateTime), NpgsqlDbType.TimestampTz));
        return command;
    }

    private NpgsqlBatchCommand PoisonCommand(IReadOnlyList<PoisonEvent> poison)
    {
        var command = new NpgsqlBatchCommand($"""
            INSERT INTO {_tables.Poison} (stream, partition, sequence_number, enqueued_time, device_id, module_id, operation, reason, body)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
            """);
        command.Parameters.Add(Column(poison.Select(each => each.Stream), NpgsqlDbType.Text));
        command.Parameters.Add(Column(poison.Select(each => each.Partition), NpgsqlDbType.Text));
        command.Parameters.Add(Column(poison.Select(each => each.SequenceNumber), NpgsqlDbType.Bigint));
        command.Parameters.Add(Column(poison.Select(each => each.EnqueuedTime.UtcDateTime), NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Column(poison.Select(each => Printable(each.DeviceId)), NpgsqlDbType.Text));
        command.Parameters.Add(Column(poison.Select(each => Printable(each.ModuleId)), NpgsqlDbType.Text));
        command.Parameters.Add(Column(poison.Select(each => Printable(each.Operation)), NpgsqlDbType.Text));
        command.Parameters.Add(Column(poison.Select(each => Printable(each.Reason)), NpgsqlDbType.Text));
        command.Parameters.Add(Column(poison.Select(each => each.Body.ToArray()), NpgsqlDbType.Bytea));
        return command;
    }

    // What is set aside may hold anything; a text of PostgreSQL holds no NUL.
    private static string? Printable(string? text) => text?.Replace('\0', '\uFFFD');
}
