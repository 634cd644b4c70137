using Nave.Mqtt;

namespace Nave.Server.Tests.Mqtt;

/// <summary>A PUBLISH from the hub.</summary>
internal sealed record ReceivedMessage(string Topic, string Payload, MqttQos Qos, ushort PacketId);
