using Nave.Mqtt;

namespace Nave.Client.Tests.Fakes;

/// <summary>A packet that the fake hub received.</summary>
internal sealed record FakePacket(MqttPacketType Type, ushort PacketId, string Topic, byte[] Payload, bool Duplicate, string[] Filters);
