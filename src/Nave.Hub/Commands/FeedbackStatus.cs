namespace Nave.Hub.Commands;

/// <summary>How a cloud-to-device message ended, by the names of the wire (wire facts 7.2.3).</summary>
public enum FeedbackStatus
{
    /// <summary>The device completed it.</summary>
    Success,

    /// <summary>Its time was over.</summary>
    Expired,

    /// <summary>It was abandoned too often.</summary>
    DeliveryCountExceeded,

    /// <summary>The device refused it.</summary>
    Rejected,

    /// <summary>The queue was purged.</summary>
    Purged,
}
