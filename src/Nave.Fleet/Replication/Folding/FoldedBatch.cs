using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Folding;

/// <summary>What a batch of events comes to.</summary>
internal sealed class FoldedBatch
{
    /// <summary>Gets the documents that change.</summary>
    public required IReadOnlyList<Slot> Changed { get; init; }

    /// <summary>Gets the history, if it is kept.</summary>
    public required IReadOnlyList<HistoryEntry> History { get; init; }

    /// <summary>Gets how many events took effect.</summary>
    public required int Applied { get; init; }

    /// <summary>Gets how many events were known already.</summary>
    public required int Stale { get; init; }

    /// <summary>Gets how many twins were read from the hub.</summary>
    public required int Reads { get; init; }
}
