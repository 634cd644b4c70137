namespace Nave.Cli.Commands;

/// <summary>How events are read.</summary>
internal enum EventsTransport
{
    /// <summary>AMQP over TLS, port 5671.</summary>
    Amqp,

    /// <summary>AMQP over a WebSocket, port 443.</summary>
    Ws,
}
