namespace Nave.Hub.Telemetry;

/// <summary>Why a receiver gets no place.</summary>
public enum ReceiverRefusal
{
    /// <summary>It has a place.</summary>
    None,

    /// <summary>There is no such consumer group.</summary>
    NoGroup,

    /// <summary>A receiver with a higher epoch has the partition, or one with any epoch and this one has none.</summary>
    Epoch,

    /// <summary>As many receivers as are permitted have a place already.</summary>
    TooMany,
}
