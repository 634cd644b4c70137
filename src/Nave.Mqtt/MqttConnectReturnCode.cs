namespace Nave.Mqtt;

/// <summary>CONNACK return codes of MQTT 3.1.1 §3.2.2.3; MQTT 5 has <see cref="MqttReason"/> in their place.</summary>
public enum MqttConnectReturnCode : byte
{
    /// <summary>Connection accepted.</summary>
    Accepted,

    /// <summary>The server does not support the protocol level.</summary>
    UnacceptableProtocolVersion,

    /// <summary>The client identifier is well-formed but not allowed.</summary>
    IdentifierRejected,

    /// <summary>The service is not available.</summary>
    ServerUnavailable,

    /// <summary>The user name or the password is malformed.</summary>
    BadUserNameOrPassword,

    /// <summary>The client is not authorised.</summary>
    NotAuthorized,
}
