namespace Nave.Mqtt;

/// <summary>Quality of service, MQTT 5.0 §4.3.</summary>
public enum MqttQos : byte
{
    /// <summary>QoS 0: sent once, never acknowledged.</summary>
    AtMostOnce,

    /// <summary>QoS 1: acknowledged by PUBACK, may arrive twice.</summary>
    AtLeastOnce,

    /// <summary>QoS 2: PUBREC, PUBREL, PUBCOMP.</summary>
    ExactlyOnce,
}
