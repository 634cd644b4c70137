namespace Nave.Mqtt;

/// <summary>The protocol level of a connection, as CONNECT carries it.</summary>
public enum MqttVersion : byte
{
    /// <summary>MQTT 3.1.1.</summary>
    V311 = 4,

    /// <summary>MQTT 5.0.</summary>
    V5 = 5,
}
