namespace Nave.Mqtt;

/// <summary>Builds the exceptions out of line, so that the decoders' hot paths stay small.</summary>
internal static class MqttError
{
    public static MqttProtocolException Malformed(string message) => new(MqttReason.MalformedPacket, message);

    public static MqttProtocolException Protocol(string message) => new(MqttReason.ProtocolError, message);

    public static MqttProtocolException TooShort(MqttPacketType packet, string field, int needed, int left) =>
        Malformed($"{Name(packet)} ends in its {field}: {needed} bytes needed, {left} left.");

    public static MqttProtocolException Trailing(MqttPacketType packet, int bytes) =>
        Malformed($"{Name(packet)} has {bytes} bytes after its last field; 0 are permitted.");

    public static MqttProtocolException PacketId(MqttPacketType packet) =>
        Protocol($"{Name(packet)} has packet identifier 0; 1 to 65535 are permitted.");

    public static string Name(MqttPacketType packet) => packet switch
    {
        MqttPacketType.Connect => "CONNECT",
        MqttPacketType.ConnAck => "CONNACK",
        MqttPacketType.Publish => "PUBLISH",
        MqttPacketType.PubAck => "PUBACK",
        MqttPacketType.PubRec => "PUBREC",
        MqttPacketType.PubRel => "PUBREL",
        MqttPacketType.PubComp => "PUBCOMP",
        MqttPacketType.Subscribe => "SUBSCRIBE",
        MqttPacketType.SubAck => "SUBACK",
        MqttPacketType.Unsubscribe => "UNSUBSCRIBE",
        MqttPacketType.UnsubAck => "UNSUBACK",
        MqttPacketType.PingReq => "PINGREQ",
        MqttPacketType.PingResp => "PINGRESP",
        MqttPacketType.Disconnect => "DISCONNECT",
        MqttPacketType.Auth => "AUTH",
        _ => "Will",
    };
}
