namespace Nave.Fleet.Replication.Sinks;

/// <summary>
/// What is written together. A target with transactions writes all or nothing. One without writes in this order: documents, history, poison,
/// control; it stops at the first part that does not succeed, so a checkpoint never runs ahead of what it vouches for.
/// </summary>
public sealed record SinkWrite
{
    /// <summary>Gets the documents, each id once.</summary>
    public IReadOnlyList<DocumentWrite> Documents { get; init; } = [];

    /// <summary>Gets the history.</summary>
    public IReadOnlyList<HistoryEntry> History { get; init; } = [];

    /// <summary>Gets the events to set aside.</summary>
    public IReadOnlyList<PoisonEvent> Poison { get; init; } = [];

    /// <summary>Gets the control record: the lease with its checkpoint.</summary>
    public ControlWrite? Control { get; init; }
}
