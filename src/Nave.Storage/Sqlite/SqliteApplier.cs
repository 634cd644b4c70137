using SQLitePCL;

namespace Nave.Storage.Sqlite;

/// <summary>Applies transactions inside the writer's SQLite transaction. Only the writer thread uses it.</summary>
internal sealed class SqliteApplier
{
    // What is found for the expectations of a transaction of so many writes is kept for the writes: half of all look-ups.
    private const int MaxRemembered = 8;

    private readonly SqliteDatabase _database;
    private readonly Found[] _found = new Found[MaxRemembered];
    private readonly SqliteStatement _find;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _update;
    private readonly SqliteStatement _updateTerms;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _insertTerm;
    private readonly SqliteStatement _deleteTerm;
    private readonly SqliteStatement _insertOutbox;
    private readonly SqliteStatement _deleteOutbox;
    private readonly SqliteStatement _saveCounters;
    private (long Version, long Outbox, long Removed) _committed;
    private long _version;
    private byte[] _oldTerms = [];

    public SqliteApplier(SqliteDatabase database)
    {
        _database = database;
        _find = database.Prepare("SELECT id, version, terms FROM documents WHERE collection=?1 AND key=?2", "find a document");
        _insert = database.Prepare(
            "INSERT INTO documents(collection, key, version, terms, body) VALUES(?1, ?2, ?3, ?4, ?5)", "add a document");
        _update = database.Prepare("UPDATE documents SET version=?2, body=?3 WHERE id=?1", "write a document");
        _updateTerms = database.Prepare("UPDATE documents SET version=?2, body=?3, terms=?4 WHERE id=?1", "write a document");
        _delete = database.Prepare("DELETE FROM documents WHERE id=?1", "delete a document");
        _insertTerm = database.Prepare(
            "INSERT INTO terms(collection, name, value, key, document) VALUES(?1, ?2, ?3, ?4, ?5)", "add a term");
        _deleteTerm = database.Prepare("DELETE FROM terms WHERE collection=?1 AND name=?2 AND value=?3 AND key=?4", "remove a term");
        _insertOutbox = database.Prepare("INSERT INTO outbox(sequence, topic, body) VALUES(?1, ?2, ?3)", "add to the outbox");
        _deleteOutbox = database.Prepare("DELETE FROM outbox WHERE sequence<=?1", "remove from the outbox");
        _saveCounters = database.Prepare("UPDATE counters SET version=?1, outbox=?2 WHERE id=1", "save the counters");
        _version = database.QueryInt64("SELECT version FROM counters", "read the counters");
        OutboxSequence = database.QueryInt64("SELECT outbox FROM counters", "read the counters");
        Committed();
    }

    /// <summary>Gets the last sequence given to an outbox entry.</summary>
    public long OutboxSequence { get; private set; }

    /// <summary>Gets the last sequence removed from the outbox since the store was opened, 0 if none was.</summary>
    public long OutboxRemovedThrough { get; private set; }

    /// <summary>Applies a transaction whole if every expectation holds, else not at all.</summary>
    public StateOutcome Apply(StateWriteRequest request)
    {
        if (request.Transaction is not { } transaction)
        {
            _deleteOutbox.Bind(1, request.RemoveThrough);
            _deleteOutbox.Run();
            OutboxRemovedThrough = Math.Max(OutboxRemovedThrough, Math.Min(request.RemoveThrough, OutboxSequence));
            return new StateOutcome(0, -1);
        }

        // 1. Every expectation, against the state before the transaction, so that a refusal has nothing to undo.
        var writes = transaction.Writes;
        var remembered = writes.Count <= MaxRemembered ? _found.AsSpan(0, writes.Count) : default;
        for (var i = 0; i < writes.Count; i++)
        {
            var expected = writes[i].ExpectedVersion;
            if (expected == StateTransaction.Any && writes.Count > 1)
            {
                continue;
            }

            var found = Find(writes[i], request.Terms?[i]);
            if (expected != StateTransaction.Any && expected != found.Version)
            {
                return new StateOutcome(0, i);
            }

            if (!remembered.IsEmpty)
            {
                remembered[i] = found;
            }
        }

        // 2. The writes, in order.
        var version = ++_version;
        for (var i = 0; i < writes.Count; i++)
        {
            switch (writes[i].Kind)
            {
                case StateWriteKind.Put:
                    var terms = request.Terms?[i];
                    Put(writes[i], StillHolds(writes, i) ? remembered[i] : Find(writes[i], terms), terms, version);
                    break;
                case StateWriteKind.Delete:
                    Delete(writes[i], StillHolds(writes, i) ? remembered[i] : Find(writes[i], null));
                    break;
            }
        }

        // 3. The outbox.
        var outbox = transaction.Outbox;
        for (var i = 0; i < outbox.Count; i++)
        {
            _insertOutbox.Bind(1, ++OutboxSequence);
            _insertOutbox.BindText(2, outbox[i].Topic);
            _insertOutbox.BindBlob(3, outbox[i].Body.Span);
            _insertOutbox.Run();
        }

        return new StateOutcome(version, -1);
    }

    /// <summary>Writes the counters, as the last thing before the commit: what it makes durable is never given out again.</summary>
    public void SaveCounters()
    {
        if (_version == _committed.Version)
        {
            return;
        }

        _saveCounters.Bind(1, _version);
        _saveCounters.Bind(2, OutboxSequence);
        _saveCounters.Run();
    }

    /// <summary>Tells that the SQLite transaction is committed.</summary>
    public void Committed() => _committed = (_version, OutboxSequence, OutboxRemovedThrough);

    /// <summary>Tells that the SQLite transaction was rolled back, so that nobody has seen its numbers: they are given again.</summary>
    public void RolledBack() => (_version, OutboxSequence, OutboxRemovedThrough) = _committed;

    /// <summary>Tells whether what was found for a write in step 1 is there to be used when it is written.</summary>
    private bool StillHolds(IReadOnlyList<StateWrite> writes, int index)
    {
        if (writes.Count == 1)
        {
            return true;
        }

        // Not remembered; or its old terms were, in the one buffer that the next find has overwritten.
        if (writes.Count > MaxRemembered || writes[index].ExpectedVersion == StateTransaction.Any || _found[index] is { Id: not 0, OldTermsLength: >= 0 })
        {
            return false;
        }

        // An earlier write of this transaction to the same document has changed it since.
        for (var i = 0; i < index; i++)
        {
            if (writes[i].Kind != StateWriteKind.Require && writes[i].Key == writes[index].Key && writes[i].Collection == writes[index].Collection)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Finds a document. Its terms are copied to <see cref="_oldTerms"/> if the write may change them.</summary>
    private Found Find(in StateWrite write, byte[]? newTerms)
    {
        _find.BindText(1, write.Collection);
        _find.BindText(2, write.Key);
        if (!_find.Step())
        {
            return default;
        }

        var found = new Found(_find.GetInt64(0), _find.GetInt64(1), -1);
        if (newTerms is not null || write.Kind == StateWriteKind.Delete)
        {
            var terms = _find.GetBytes(2);
            if (!terms.SequenceEqual(newTerms))
            {
                found = found with { OldTermsLength = terms.Length };
                if (_oldTerms.Length < terms.Length)
                {
                    _oldTerms = new byte[terms.Length * 2];
                }

                terms.CopyTo(_oldTerms);
            }
        }

        _find.Reset();
        return found;
    }

    private void Put(in StateWrite write, in Found found, byte[]? terms, long version)
    {
        if (found.Id == 0)
        {
            var id = Insert(write, terms, version);
            ReplaceTerms(write, id, [], terms);
        }
        else if (found.OldTermsLength < 0)
        {
            _update.Bind(1, found.Id);
            _update.Bind(2, version);
            _update.BindBlob(3, write.Body.Span);
            _update.Run();
        }
        else
        {
            _updateTerms.Bind(1, found.Id);
            _updateTerms.Bind(2, version);
            _updateTerms.BindBlob(3, write.Body.Span);
            _updateTerms.BindBlob(4, terms);
            _updateTerms.Run();
            ReplaceTerms(write, found.Id, _oldTerms.AsSpan(0, found.OldTermsLength), terms);
        }
    }

    private long Insert(in StateWrite write, byte[]? terms, long version)
    {
        _insert.BindText(1, write.Collection);
        _insert.BindText(2, write.Key);
        _insert.Bind(3, version);
        _insert.BindBlob(4, terms);
        _insert.BindBlob(5, write.Body.Span);
        _insert.Run();
        return _database.LastInsertRowId;
    }

    private void Delete(in StateWrite write, in Found found)
    {
        if (found.Id == 0)
        {
            return;
        }

        if (found.OldTermsLength >= 0)
        {
            ReplaceTerms(write, found.Id, _oldTerms.AsSpan(0, found.OldTermsLength), []);
        }

        _delete.Bind(1, found.Id);
        _delete.Run();
    }

    /// <summary>Brings the index from one list to another, both in order, by what differs.</summary>
    private void ReplaceTerms(in StateWrite write, long id, ReadOnlySpan<byte> oldList, ReadOnlySpan<byte> newList)
    {
        var hasOld = TermList.TryRead(ref oldList, out var old);
        var hasNew = TermList.TryRead(ref newList, out var wanted);
        while (hasOld || hasNew)
        {
            var order = !hasOld ? 1 : !hasNew ? -1 : old.Item.SequenceCompareTo(wanted.Item);
            if (order < 0)
            {
                _deleteTerm.BindText(1, write.Collection);
                _deleteTerm.BindText(2, old.Name);
                _deleteTerm.BindText(3, old.Value);
                _deleteTerm.BindText(4, write.Key);
                _deleteTerm.Run();
            }
            else if (order > 0)
            {
                _insertTerm.BindText(1, write.Collection);
                _insertTerm.BindText(2, wanted.Name);
                _insertTerm.BindText(3, wanted.Value);
                _insertTerm.BindText(4, write.Key);
                _insertTerm.Bind(5, id);
                _insertTerm.Run();
            }

            hasOld = order <= 0 ? TermList.TryRead(ref oldList, out old) : hasOld;
            hasNew = order >= 0 ? TermList.TryRead(ref newList, out wanted) : hasNew;
        }

        if (!oldList.IsEmpty)
        {
            throw SqliteFailure.Of(raw.SQLITE_CORRUPT, "the list of a document's terms is damaged", "index a document");
        }
    }

    /// <summary>A document as it is before a write.</summary>
    /// <param name="Id">Its row; 0 if there is none.</param>
    /// <param name="Version">Its version, <see cref="StateTransaction.Absent"/> if there is none.</param>
    /// <param name="OldTermsLength">The bytes of its terms in <see cref="_oldTerms"/>; -1 if they stay as they are.</param>
    private readonly record struct Found(long Id, long Version, int OldTermsLength);
}
