namespace Nave.Storage;

/// <summary>Writes that are applied together, each with the version it expects. Built by one caller, committed once.</summary>
public sealed class StateTransaction
{
    /// <summary>The version to expect of a document that must not exist.</summary>
    public const long Absent = 0;

    /// <summary>The version to expect when any will do, or none.</summary>
    public const long Any = -1;

    private readonly List<StateWrite> _writes = [];
    private readonly List<StateOutboxWrite> _outbox = [];

    /// <summary>Gets the writes in order.</summary>
    public IReadOnlyList<StateWrite> Writes => _writes;

    /// <summary>Gets the entries for the outbox in order.</summary>
    public IReadOnlyList<StateOutboxWrite> Outbox => _outbox;

    /// <summary>Writes a document. <paramref name="terms"/> replaces its terms; <see langword="null"/> leaves them as they are.</summary>
    public StateTransaction Put(
        string collection, string key, ReadOnlyMemory<byte> body, long expectedVersion = Any, IReadOnlyList<StateTerm>? terms = null)
    {
        _writes.Add(new StateWrite(StateWriteKind.Put, collection, key, expectedVersion, body, terms));
        return this;
    }

    /// <summary>Deletes a document and its terms; deleting what is not there succeeds unless a version is expected.</summary>
    public StateTransaction Delete(string collection, string key, long expectedVersion = Any)
    {
        _writes.Add(new StateWrite(StateWriteKind.Delete, collection, key, expectedVersion, default, null));
        return this;
    }

    /// <summary>Writes nothing, but fails the transaction unless the document has this version.</summary>
    public StateTransaction Require(string collection, string key, long expectedVersion)
    {
        _writes.Add(new StateWrite(StateWriteKind.Require, collection, key, expectedVersion, default, null));
        return this;
    }

    /// <summary>Adds an entry to the outbox.</summary>
    public StateTransaction Publish(string topic, ReadOnlyMemory<byte> body)
    {
        _outbox.Add(new StateOutboxWrite(topic, body));
        return this;
    }
}
