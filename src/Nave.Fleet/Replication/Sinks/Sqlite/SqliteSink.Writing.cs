namespace Nave.Fleet.Replication.Sinks.Sqlite;

/// <content>Writes.</content>
public sealed partial class SqliteSink
{
    /// <inheritdoc/>
    public Task<SinkOutcome> WriteAsync(SinkWrite write, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            ArgumentNullException.ThrowIfNull(write);
            Database.Execute("BEGIN IMMEDIATE", "begin");
            string? controlToken = null;
            var isControlLost = write.Control is { } control && !TryWrite(control, out controlToken);
            var tokens = new Dictionary<string, string>(write.Documents.Count, StringComparer.Ordinal);
            var conflicts = new List<string>();
            foreach (var document in write.Documents)
            {
                if (TryWrite(document, out var token))
                {
                    tokens[document.Document.Id] = token;
                }
                else
                {
                    conflicts.Add(document.Document.Id);
                }
            }

            if (isControlLost || conflicts.Count > 0)
            {
                Database.Execute("ROLLBACK", "roll back");
                return new SinkOutcome { Conflicts = conflicts, IsControlLost = isControlLost };
            }

            foreach (var entry in write.History)
            {
                Write(entry);
            }

            foreach (var poison in write.Poison)
            {
                Write(poison);
            }

            Database.Execute("COMMIT", "commit");
            return new SinkOutcome { Tokens = tokens, ControlToken = controlToken };
        },
        cancellationToken);

    private bool TryWrite(ControlWrite control, out string? token)
    {
        using var statement = Database.PrepareOnce(
            control switch
            {
                { Value.IsUndefined: true } => "DELETE FROM twins_control WHERE key = ?1 AND revision = ?2 RETURNING revision",
                { Expected: null } => "INSERT INTO twins_control (key, value, revision) VALUES (?1, ?3, ?2 + 1) ON CONFLICT DO NOTHING RETURNING revision",
                _ => "UPDATE twins_control SET value = ?3, revision = revision + 1 WHERE key = ?1 AND revision = ?2 RETURNING revision",
            },
            "write a control record");
        statement.BindText(1, control.Key);
        statement.Bind(2, SqliteColumns.Revision(control.Expected));
        if (!control.Value.IsUndefined)
        {
            statement.BindJson(3, control.Value);
        }

        var isWritten = statement.Step();
        token = isWritten && !control.Value.IsUndefined ? SqliteColumns.Token(statement.GetInt64(0)) : null;
        return isWritten;
    }

    private bool TryWrite(DocumentWrite write, out string token)
    {
        var (document, insert) = (write.Document, _insert!); // Open, as the database is.
        insert.BindText(1, document.Id);
        insert.BindText(2, document.Key.DeviceId);
        insert.BindTextOrNull(3, document.Key.ModuleId);
        insert.Bind(4, document.Version);
        insert.BindTextOrNull(5, document.ETag);
        insert.BindJson(6, document.Tags);
        insert.BindJson(7, document.Desired);
        insert.BindJson(8, document.Reported);
        insert.Bind(9, document.IsDeleted ? 1 : 0);
        insert.BindText(10, document.LastOperation);
        insert.BindTime(11, document.LastOperationTime);
        insert.BindTextOrNull(12, document.GenerationId);
        insert.BindTime(13, document.Since);
        insert.Bind(14, SqliteColumns.Revision(write.Expected));
        var isWritten = insert.Step();
        token = isWritten ? SqliteColumns.Token(insert.GetInt64(0)) : string.Empty;
        insert.Reset();
        return isWritten;
    }

    private void Write(HistoryEntry entry)
    {
        var insert = _insertHistory!; // As above.
        insert.BindText(1, entry.Key.ToString());
        insert.BindText(2, entry.GenerationId);
        insert.Bind(3, entry.Version);
        insert.BindText(4, entry.Path);
        insert.BindText(5, entry.Operation);
        insert.BindText(6, entry.Key.DeviceId);
        insert.BindTextOrNull(7, entry.Key.ModuleId);
        insert.BindJson(8, entry.Old);
        insert.BindJson(9, entry.New);
        insert.BindTime(10, entry.Time);
        insert.Run();
    }

    private void Write(PoisonEvent poison)
    {
        var insert = _insertPoison!; // As above.
        insert.BindText(1, poison.Stream);
        insert.BindText(2, poison.Partition);
        insert.Bind(3, poison.SequenceNumber);
        insert.BindTime(4, poison.EnqueuedTime);
        insert.BindTextOrNull(5, poison.DeviceId);
        insert.BindTextOrNull(6, poison.ModuleId);
        insert.BindTextOrNull(7, poison.Operation);
        insert.BindText(8, poison.Reason);
        insert.BindBlob(9, poison.Body.Span);
        insert.Run();
    }
}
