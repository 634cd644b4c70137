namespace Nave.Storage.Files;

/// <summary>What a check has found of one partition.</summary>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="FirstSequence">The first sequence number that the log keeps.</param>
/// <param name="NextSequence">The sequence number of the next record.</param>
/// <param name="Records">The records that are there and good: fewer than between the two if some are damaged.</param>
/// <param name="Bytes">Their bytes, without headers.</param>
/// <param name="Chunks">The chunks that they are in.</param>
public sealed record SegmentLogPartition(int Partition, long FirstSequence, long NextSequence, long Records, long Bytes, long Chunks);
