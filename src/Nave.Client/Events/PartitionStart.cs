namespace Nave.Client;

/// <summary>Where one partition is read from, and to.</summary>
/// <param name="PartitionId">The partition.</param>
/// <param name="Start">Where to start.</param>
/// <param name="Last">The last sequence number that is wanted; <see langword="null"/> = no end.</param>
internal sealed record PartitionStart(string PartitionId, EventPosition Start, long? Last = null);
