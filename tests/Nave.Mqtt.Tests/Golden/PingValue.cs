namespace Nave.Mqtt.Tests;

/// <summary>PINGREQ or PINGRESP, which hold nothing.</summary>
internal sealed record PingValue(MqttPacketType Type);
