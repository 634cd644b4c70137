namespace Nave.Amqp;

/// <summary>Where a session stands.</summary>
internal enum SessionPhase : byte
{
    /// <summary>We began; the peer's answer is awaited.</summary>
    BeginSent,

    Open,

    /// <summary>We ended; the peer's end is awaited, everything else is passed over.</summary>
    EndSent,

    Ended,
}
