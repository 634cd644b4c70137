namespace Nave.Mqtt.Tests;

/// <summary>A packet as bytes and as a value, each written by hand.</summary>
internal sealed record GoldenPacket(string Name, MqttVersion Version, MqttSender Sender, string Notation, object Value)
{
    public byte[] Bytes => PacketBytes.Parse(Notation);

    public override string ToString() => $"{Name} ({Version})";
}
