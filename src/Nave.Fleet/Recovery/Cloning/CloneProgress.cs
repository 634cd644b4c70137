namespace Nave.Fleet.Recovery;

/// <summary>How far a clone is.</summary>
/// <param name="Phase">What it does.</param>
/// <param name="Done">How many identities were looked at.</param>
/// <param name="Total">How many there are, about: the devices of the source.</param>
public readonly record struct CloneProgress(ClonePhase Phase, long Done, long Total);
