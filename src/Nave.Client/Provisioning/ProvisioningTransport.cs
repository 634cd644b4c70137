namespace Nave.Client;

/// <summary>How a device reaches device provisioning.</summary>
public enum ProvisioningTransport
{
    /// <summary>MQTT over TLS, port 8883.</summary>
    Mqtt,

    /// <summary>MQTT over a WebSocket, port 443.</summary>
    MqttWebSocket,

    /// <summary>MQTT without TLS, port 1883. Tokens can be read on the way: for tests and closed networks only.</summary>
    MqttPlain,

    /// <summary>HTTPS, port 443. The only one for devices with a TPM.</summary>
    Https,
}
