namespace Nave.Hub.Commands;

/// <summary>Where a queued message stands.</summary>
internal enum MessageState
{
    /// <summary>It is being stored: it has its place, and nothing behind it is delivered before it.</summary>
    Staging,

    /// <summary>It waits for a receiver.</summary>
    Free,

    /// <summary>A receiver holds it.</summary>
    Locked,

    /// <summary>What its end changes is being stored.</summary>
    Settling,
}
