namespace Nave.Amqp;

/// <summary>Where a link stands.</summary>
internal enum LinkPhase : byte
{
    /// <summary>The peer attached; the owner has to answer.</summary>
    Attaching,

    /// <summary>We attached; the peer's answer is awaited.</summary>
    AttachSent,

    Open,

    /// <summary>We detached; the peer's detach is awaited, everything else is passed over.</summary>
    DetachSent,

    Detached,
}
