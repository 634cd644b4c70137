namespace Nave.Storage.Files;

/// <summary>One chunk of a commit that is being laid out.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="FirstPiece">The first of its pieces in the plan.</param>
internal readonly record struct PlannedChunk(int Partition, int FirstPiece)
{
    public int PieceCount { get; init; }

    public int Records { get; init; }

    public int PayloadBytes { get; init; }

    /// <summary>Gets where the last record begins, in bytes from the start of the payload.</summary>
    public long LastRecord { get; init; }

    /// <summary>Gets its place in the index.</summary>
    public ChunkEntry Entry { get; init; }

    /// <summary>Gets where the partition stands after it.</summary>
    public PartitionMark Mark { get; init; }
}
