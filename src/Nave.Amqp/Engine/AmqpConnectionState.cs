namespace Nave.Amqp;

/// <summary>Where a connection stands.</summary>
public enum AmqpConnectionState : byte
{
    /// <summary>Nothing was exchanged, or only protocol headers and SASL frames.</summary>
    Start,

    /// <summary>Server: the peer's open waits for an answer. Client: our open does.</summary>
    Opening,

    /// <summary>Both opened.</summary>
    Open,

    /// <summary>We sent close and wait for the peer's.</summary>
    Closing,

    /// <summary>Over.</summary>
    Closed,
}
