namespace Nave.Fleet.Recovery;

/// <summary>What a switch was to the reader of one hub's event stream.</summary>
public sealed record DrillReaderLine
{
    /// <summary>Gets the host name of the hub that it reads.</summary>
    public required string Hub { get; init; }

    /// <summary>Gets when it had the last events before the switch was over for all devices, or for the new hub's reader before the loss.</summary>
    public DateTimeOffset? ReadingStopped { get; init; }

    /// <summary>Gets when it had events again after the loss; only the reader of the hub that took over.</summary>
    public DateTimeOffset? ReadingResumed { get; init; }

    /// <summary>Gets how often its connection was lost since the last switch.</summary>
    public int LinksLost { get; init; }

    /// <summary>Gets when its connection was first lost since the loss of the hub.</summary>
    public DateTimeOffset? LinkLost { get; init; }

    /// <summary>Gets when it was connected again, its endpoint asked for anew.</summary>
    public DateTimeOffset? LinkBack { get; init; }
}
