namespace Nave.Fleet.Sync.Planning;

/// <summary>How far a plan or its application is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="Done">How many devices are done with.</param>
/// <param name="Total">How many there are; <see langword="null"/> = not known yet.</param>
public readonly record struct SyncProgress(SyncPhase Phase, long Done, long? Total);
