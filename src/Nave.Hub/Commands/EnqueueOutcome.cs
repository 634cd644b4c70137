namespace Nave.Hub.Commands;

/// <summary>What became of a message that asked for a place in a queue.</summary>
internal enum EnqueueOutcome
{
    /// <summary>It has one.</summary>
    Added,

    /// <summary>The queue has as many as are permitted.</summary>
    Full,

    /// <summary>The queue ran empty and was closed: take the identity's new one.</summary>
    Closed,

    /// <summary>Sequence numbers have to be reserved first.</summary>
    NoSequence,
}
