namespace Nave.Mqtt.Tests;

/// <summary>A PUBLISH that owns its data: the view of the codec cannot be kept in a table.</summary>
internal sealed record PublishValue(
    string Topic,
    ReadOnlyMemory<byte> Payload,
    MqttQos Qos = MqttQos.AtMostOnce,
    ushort PacketId = 0,
    bool Duplicate = false,
    bool Retain = false,
    MqttProperties Properties = default);
