namespace Nave.Hub.Telemetry;

/// <summary>Where in a partition a reader begins.</summary>
/// <param name="Kind">By what it says so.</param>
/// <param name="Value">The offset, the sequence number, or the time in Unix milliseconds; 0 for the other kinds.</param>
/// <param name="IsInclusive">Whether the event at that place is read too.</param>
public readonly record struct EventPosition(EventPositionKind Kind, long Value = 0, bool IsInclusive = false)
{
    /// <summary>Gets the oldest event that is kept.</summary>
    public static EventPosition Earliest => new(EventPositionKind.Earliest);

    /// <summary>Gets the next event to come.</summary>
    public static EventPosition Latest => new(EventPositionKind.Latest);
}
