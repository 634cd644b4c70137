using System.Runtime.InteropServices;

namespace Nave.Storage.Postgres;

/// <summary>
/// The transactions of one commit, worked out over what the server has of their documents: each is applied whole or refused, in
/// the order of their callers, and what is left to write is one state for each document. It does no I/O.
/// </summary>
internal sealed class PostgresBatch(long version, long outbox)
{
    private readonly Dictionary<(string Collection, string Key), PostgresDocument> _byName = [];
    private readonly List<PostgresDocument> _documents = [];
    private readonly List<OutboxEntry> _published = [];
    private bool _isEmpty = true;

    /// <summary>Gets the last version given out.</summary>
    public long Version { get; private set; } = version;

    /// <summary>Gets the last sequence of the outbox given out.</summary>
    public long Outbox { get; private set; } = outbox;

    /// <summary>Gets up to where the outbox is removed, 0 if it is not.</summary>
    public long RemoveThrough { get; private set; }

    /// <summary>Gets a value indicating whether nothing was applied.</summary>
    public bool IsEmpty => _isEmpty;

    /// <summary>Gets every document that it is about.</summary>
    public IReadOnlyList<PostgresDocument> Documents => _documents;

    /// <summary>Gets what the outbox gets.</summary>
    public IReadOnlyList<OutboxEntry> Published => _published;

    /// <summary>Notes which documents a request is about, to be found before it is applied.</summary>
    public void Note(StateWriteRequest request)
    {
        foreach (var write in request.Transaction?.Writes ?? [])
        {
            ref var document = ref CollectionsMarshal.GetValueRefOrAddDefault(_byName, (write.Collection, write.Key), out var exists);
            if (!exists)
            {
                document = new PostgresDocument(write.Collection, write.Key);
                _documents.Add(document);
            }
        }
    }

    /// <summary>Applies a transaction whole if every expectation holds, else not at all.</summary>
    public StateOutcome Apply(StateWriteRequest request)
    {
        if (request.Transaction is not { } transaction)
        {
            Remove(Math.Min(request.RemoveThrough, Outbox));
            return new StateOutcome(0, -1);
        }

        // 1. Every expectation, against the state before the transaction.
        var writes = transaction.Writes;
        for (var i = 0; i < writes.Count; i++)
        {
            if (writes[i].ExpectedVersion != StateTransaction.Any && writes[i].ExpectedVersion != Document(writes[i]).Version)
            {
                return new StateOutcome(0, i);
            }
        }

        // 2. The writes, in order.
        _isEmpty = false;
        Version++;
        for (var i = 0; i < writes.Count; i++)
        {
            switch (writes[i].Kind)
            {
                case StateWriteKind.Put:
                    Document(writes[i]).Put(Version, writes[i].Body, request.Terms?[i]);
                    break;
                case StateWriteKind.Delete:
                    Document(writes[i]).Delete();
                    break;
            }
        }

        // 3. The outbox.
        foreach (var entry in transaction.Outbox)
        {
            _published.Add(new OutboxEntry(++Outbox, entry.Topic, entry.Body));
        }

        return new StateOutcome(Version, -1);
    }

    private PostgresDocument Document(in StateWrite write) => _byName[(write.Collection, write.Key)];

    private void Remove(long through)
    {
        _isEmpty = false;
        RemoveThrough = Math.Max(RemoveThrough, through);
        _published.RemoveAll(entry => entry.Sequence <= through);
    }
}
