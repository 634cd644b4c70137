namespace Nave.Mqtt.Tests;

/// <summary>Reason codes by packet, MQTT 5.0 table 2-6, and their 3.1.1 forms.</summary>
public sealed class MqttReasonsTests
{
    private static readonly Dictionary<MqttPacketType, string> s_table = new()
    {
        [MqttPacketType.ConnAck] = "00 80 81 82 83 84 85 86 87 88 89 8A 8C 90 95 97 99 9A 9B 9C 9D 9F",
        [MqttPacketType.PubAck] = "00 10 80 83 87 90 91 97 99",
        [MqttPacketType.PubRec] = "00 10 80 83 87 90 91 97 99",
        [MqttPacketType.PubRel] = "00 92",
        [MqttPacketType.PubComp] = "00 92",
        [MqttPacketType.SubAck] = "00 01 02 80 83 87 8F 91 97 9E A1 A2",
        [MqttPacketType.UnsubAck] = "00 11 80 83 87 8F 91",
        [MqttPacketType.Disconnect] = "00 04 80 81 82 83 87 89 8B 8C 8D 8E 8F 90 93 94 95 96 97 98 99 9A 9B 9C 9D 9E 9F A0 A1 A2",
        [MqttPacketType.Auth] = "00 18 19",
    };

    [Fact]
    public void A_packet_may_carry_exactly_the_reasons_of_the_table()
    {
        foreach (var type in Enum.GetValues<MqttPacketType>())
        {
            var allowed = Enumerable.Range(0, 256).Where(code => MqttReasons.IsAllowed((MqttReason)code, type)).Select(code => $"{code:X2}");
            Assert.Equal(s_table.GetValueOrDefault(type, string.Empty), string.Join(' ', allowed));
        }
    }

    [Theory]
    [InlineData(MqttReason.UnsupportedProtocolVersion, MqttConnectReturnCode.UnacceptableProtocolVersion)]
    [InlineData(MqttReason.ServerBusy, MqttConnectReturnCode.ServerUnavailable)]
    [InlineData(MqttReason.Banned, MqttConnectReturnCode.NotAuthorized)]
    [InlineData(MqttReason.NotAuthorized, MqttConnectReturnCode.NotAuthorized)]
    public void A_reason_has_its_return_code_of_3_1_1(MqttReason reason, MqttConnectReturnCode expected)
    {
        Assert.True(MqttReasons.TryToReturnCode(reason, out var code));
        Assert.Equal(expected, code);
    }

    [Theory]
    [InlineData(MqttReason.MalformedPacket)]
    [InlineData(MqttReason.PacketTooLarge)]
    public void A_reason_without_a_return_code_closes_without_a_connack(MqttReason reason)
    {
        Assert.False(MqttReasons.TryToReturnCode(reason, out _));
        Assert.Throws<ArgumentException>(() => PacketCodec.Encode(new MqttConnAck { Reason = reason }, MqttVersion.V311, MqttSender.Server));
    }
}
