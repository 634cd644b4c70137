namespace Nave.Client;

/// <summary>What the failure of an AMQP client is about.</summary>
public enum AmqpPeerError
{
    /// <summary>The peer cannot be reached, or the connection or link ended. It may work later.</summary>
    NotConnected,

    /// <summary>Credential or rights are not good: amqp:unauthorized-access.</summary>
    Unauthorized,

    /// <summary>There is no such event stream, partition, consumer group or device: amqp:not-found.</summary>
    NotFound,

    /// <summary>Another reader has the partition: amqp:link:stolen.</summary>
    Disconnected,

    /// <summary>A quota is used up: amqp:resource-limit-exceeded and its kin.</summary>
    QuotaExceeded,

    /// <summary>The message is larger than the peer takes: amqp:link:message-size-exceeded.</summary>
    TooLarge,

    /// <summary>There was no answer in time.</summary>
    TimedOut,

    /// <summary>The peer refuses for another reason, which its condition names.</summary>
    Refused,

    /// <summary>The client was disposed of.</summary>
    Disposed,
}
