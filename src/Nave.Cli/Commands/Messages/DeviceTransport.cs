namespace Nave.Cli.Commands;

/// <summary>How to connect as a device.</summary>
internal enum DeviceTransport
{
    /// <summary>MQTT over TLS.</summary>
    Mqtt,

    /// <summary>MQTT over a WebSocket.</summary>
    Ws,

    /// <summary>MQTT without TLS.</summary>
    Plain,
}
