namespace Nave.Storage.Files;

/// <summary>A run of whole records in a lane, small enough for one chunk.</summary>
/// <param name="Start">Where it begins, in bytes from the start of the lane.</param>
/// <param name="Length">Its bytes, length prefixes included.</param>
/// <param name="Records">Its records.</param>
/// <param name="LastRecord">Where its last record begins, in bytes from the start of the lane.</param>
internal readonly record struct StagingPiece(long Start, int Length, int Records, long LastRecord);
