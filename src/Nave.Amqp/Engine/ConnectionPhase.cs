namespace Nave.Amqp;

/// <summary>Where a connection stands, in detail. What may come in each phase: <see cref="PhaseTable"/>.</summary>
internal enum ConnectionPhase : byte
{
    /// <summary>A protocol header is awaited, of either kind at a server's side.</summary>
    Header,

    /// <summary>Client: sasl-mechanisms is awaited.</summary>
    SaslMechanisms,

    /// <summary>Server: sasl-init is awaited.</summary>
    SaslInit,

    /// <summary>Server: the owner has to answer an init or response. Paused.</summary>
    SaslPending,

    /// <summary>Server: sasl-response is awaited.</summary>
    SaslResponse,

    /// <summary>Client: sasl-challenge or sasl-outcome is awaited.</summary>
    SaslOutcome,

    /// <summary>Client: the owner has to answer a challenge. Paused.</summary>
    SaslChallenged,

    /// <summary>After SASL: the header of AMQP is awaited.</summary>
    AmqpHeader,

    /// <summary>The peer's open is awaited.</summary>
    OpenAwaited,

    /// <summary>Server: the owner has to accept the open. Paused.</summary>
    OpenPending,

    Open,

    /// <summary>We sent close, the peer's is awaited; everything else is passed over.</summary>
    CloseSent,

    Closed,
}
