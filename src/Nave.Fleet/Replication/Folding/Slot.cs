using Nave.Api;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Events;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Folding;

/// <summary>One document during one batch.</summary>
internal sealed class Slot(IdentityId key, StoredDocument? stored)
{
    public IdentityId Key => key;

    public StoredDocument? Stored => stored;

    /// <summary>Gets or sets the document as it will be.</summary>
    public ReplicaDocument? Current { get; set; } = stored?.Document;

    /// <summary>Gets the events that made it what it is.</summary>
    public List<TwinEvent> Applied { get; } = [];

    /// <summary>Gets or sets why it has to be read; <see langword="null"/> if not.</summary>
    public ReadCause? Cause { get; set; }

    /// <summary>Gets a value indicating whether it has to be written.</summary>
    public bool IsChanged => !ReferenceEquals(Current, stored?.Document);

    /// <summary>Asks for a read; of several causes the latest stands.</summary>
    public void NeedsRead(ReadCause cause)
    {
        if (Cause is not { } before || cause.Time >= before.Time)
        {
            Cause = cause with { GenerationId = LifeOrder.Later(cause.GenerationId, Cause?.GenerationId) };
        }
    }
}
