namespace Nave.Hub.Telemetry;

/// <summary>Why a receiver of the event stream has to end.</summary>
public enum ReceiverEnd
{
    /// <summary>Another receiver with the same or a higher epoch took the partition over.</summary>
    Stolen,

    /// <summary>Its consumer group was deleted.</summary>
    GroupDeleted,

    /// <summary>The hub closes.</summary>
    HubClosed,
}
