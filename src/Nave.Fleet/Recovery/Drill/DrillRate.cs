namespace Nave.Fleet.Recovery;

/// <summary>One second of a drill.</summary>
/// <param name="At">Its begin.</param>
/// <param name="Primary">How many events the primary hub acknowledged.</param>
/// <param name="Secondary">How many events the secondary hub acknowledged.</param>
public sealed record DrillRate(DateTimeOffset At, int Primary, int Secondary);
