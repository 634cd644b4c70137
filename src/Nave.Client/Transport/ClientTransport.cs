namespace Nave.Client;

/// <summary>How a client reaches its hub.</summary>
public enum ClientTransport
{
    /// <summary>MQTT over TLS, port 8883.</summary>
    Mqtt,

    /// <summary>MQTT over a WebSocket, port 443, for networks that let nothing else out.</summary>
    MqttWebSocket,

    /// <summary>MQTT without TLS, port 1883. Tokens and data can be read on the way: for tests and closed networks only.</summary>
    MqttPlain,

    /// <summary>AMQP over TLS, port 5671.</summary>
    Amqp,

    /// <summary>AMQP over a WebSocket, port 443.</summary>
    AmqpWebSocket,

    /// <summary>AMQP without TLS, port 5672. Tokens and data can be read on the way: for tests and closed networks only.</summary>
    AmqpPlain,
}
