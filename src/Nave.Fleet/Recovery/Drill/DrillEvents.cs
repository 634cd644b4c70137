namespace Nave.Fleet.Recovery;

/// <summary>What became of a drill's events: held against both hubs' streams, read once more at the end.</summary>
public sealed record DrillEvents
{
    /// <summary>Gets how many the devices gave to their clients.</summary>
    public long Sent { get; init; }

    /// <summary>Gets how many a hub acknowledged.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Gets how many are in a stream, each counted once.</summary>
    public long Stored { get; init; }

    /// <summary>Gets how many were acknowledged and are in no stream.</summary>
    public long Lost { get; init; }

    /// <summary>Gets how many were sent after the first switch and are in no stream, acknowledged or not.</summary>
    public long LostAfterSwitch { get; init; }

    /// <summary>Gets how many are more than once in the streams: the acknowledgement was lost with the hub, and the device sent again.</summary>
    public long Doubled { get; init; }

    /// <summary>Gets how many were acknowledged by a hub whose stream could not be read at the end.</summary>
    public long Unread { get; init; }

    /// <summary>Gets the first thousand that were lost.</summary>
    public IReadOnlyList<DrillEvent> LostEvents { get; init; } = [];

    /// <summary>Gets the first thousand that are doubled.</summary>
    public IReadOnlyList<DrillEvent> DoubledEvents { get; init; } = [];
}
