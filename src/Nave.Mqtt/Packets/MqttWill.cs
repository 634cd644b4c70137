namespace Nave.Mqtt;

/// <summary>The message that the server publishes if the connection ends without DISCONNECT, MQTT 3.1.1 and 5.0 §3.1.</summary>
public sealed class MqttWill
{
    /// <summary>Gets the topic name, without wildcards.</summary>
    public required string Topic { get; init; }

    /// <summary>Gets the payload, at most 65,535 bytes.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Gets the quality of service.</summary>
    public MqttQos Qos { get; init; }

    /// <summary>Gets a value indicating whether the message is to be kept.</summary>
    public bool Retain { get; init; }

    /// <summary>Gets the properties; none before MQTT 5.</summary>
    public MqttProperties Properties { get; init; }
}
