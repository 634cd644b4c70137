namespace Nave.Hub.Telemetry;

/// <summary>By what a reader says where it begins.</summary>
public enum EventPositionKind
{
    /// <summary>The oldest event that is kept.</summary>
    Earliest,

    /// <summary>The next event to come.</summary>
    Latest,

    /// <summary>An offset.</summary>
    Offset,

    /// <summary>A sequence number.</summary>
    SequenceNumber,

    /// <summary>When events were enqueued, in Unix milliseconds.</summary>
    Enqueued,
}
