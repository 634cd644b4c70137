namespace Nave.Mqtt.Tests;

/// <summary>Encoders refuse what would not be a valid packet, as a mistake of our own side.</summary>
public sealed class EncoderTests
{
    private static readonly MqttProperties s_alias = new MqttPropertiesBuilder().AddNumber(MqttPropertyId.TopicAlias, 1).Build();

    public static TheoryData<string> Names => [.. Wrong().Select(w => w.What)];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_not_encoded(string what)
    {
        var (_, packet, version, sender) = Wrong().Single(w => w.What == what);
        Assert.ThrowsAny<ArgumentException>(() => PacketCodec.Encode(packet, version, sender));
    }

    [Fact]
    public void A_PUBACK_of_four_bytes_is_the_one_that_the_encoder_writes()
    {
        var bytes = new byte[MqttAck.PubAckSize];
        Assert.Equal(4, MqttAck.WritePubAck(bytes, 0xABCD));
        Assert.Equal(PacketCodec.Encode(new MqttAck(MqttPacketType.PubAck, 0xABCD), MqttVersion.V311, MqttSender.Server), bytes);
        Assert.Equal(PacketCodec.Encode(new MqttAck(MqttPacketType.PubAck, 0xABCD), MqttVersion.V5, MqttSender.Server), bytes);
    }

    [Fact]
    public void A_failure_in_SUBACK_is_0x80_in_3_1_1() => Assert.Equal(
        [0x90, 0x03, 0, 1, 0x80],
        PacketCodec.Encode(new MqttSubAck { PacketId = 1, Reasons = [MqttReason.NotAuthorized] }, MqttVersion.V311, MqttSender.Server));

    private static IEnumerable<(string What, object Packet, MqttVersion Version, MqttSender Sender)> Wrong()
    {
        const MqttVersion V311 = MqttVersion.V311;
        const MqttVersion V5 = MqttVersion.V5;
        const MqttSender Client = MqttSender.Client;
        const MqttSender Server = MqttSender.Server;
        yield return ("identifier at QoS 0", new PublishValue("a", default, PacketId: 1), V311, Client);
        yield return ("no identifier at QoS 1", new PublishValue("a", default, MqttQos.AtLeastOnce), V311, Client);
        yield return ("QoS 3", new PublishValue("a", default, (MqttQos)3, 1), V311, Client);
        yield return ("DUP at QoS 0", new PublishValue("a", default, Duplicate: true), V311, Client);
        yield return ("topic with a wildcard", new PublishValue("a/#", default), V311, Client);
        yield return ("no topic", new PublishValue(string.Empty, default), V5, Client);
        yield return ("alias in 3.1.1", new PublishValue("a", default, Properties: s_alias), V311, Client);
        yield return ("topic too long", new PublishValue(new string('x', 65_536), default), V311, Client);
        yield return ("subscription identifier from a client", new PublishValue("a", default, Properties: new MqttPropertiesBuilder().AddNumber(MqttPropertyId.SubscriptionIdentifier, 1).Build()), V5, Client);
        yield return ("PUBACK with identifier 0", new MqttAck(MqttPacketType.PubAck, 0), V311, Server);
        yield return ("PUBACK with a failure in 3.1.1", new MqttAck(MqttPacketType.PubAck, 1, MqttReason.QuotaExceeded), V311, Server);
        yield return ("PUBACK with a reason of PUBREL", new MqttAck(MqttPacketType.PubAck, 1, MqttReason.PacketIdentifierNotFound), V5, Server);
        yield return ("PUBACK with an alias", new MqttAck(MqttPacketType.PubAck, 1, Properties: s_alias), V5, Server);
        yield return ("CONNECT with an alias", new MqttConnect { Version = V5, ClientId = "d", Properties = s_alias }, V5, Client);
        yield return ("CONNECT of level 3", new MqttConnect { Version = (MqttVersion)3, ClientId = "d" }, V311, Client);
        yield return ("CONNECT with a password alone in 3.1.1", new MqttConnect { ClientId = "d", Password = new byte[1] }, V311, Client);
        yield return ("CONNECT without identifier and clean start", new MqttConnect { ClientId = string.Empty }, V311, Client);
        yield return ("CONNECT with U+0000", new MqttConnect { ClientId = "a\0" }, V311, Client);
        yield return ("CONNECT with a lone surrogate", new MqttConnect { ClientId = "a\uDC00" }, V311, Client);
        yield return ("CONNECT with a long password", new MqttConnect { ClientId = "d", UserName = "u", Password = new byte[65_536] }, V311, Client);
        yield return ("will to a wildcard", new MqttConnect { ClientId = "d", Will = new MqttWill { Topic = "+" } }, V311, Client);
        yield return ("will with QoS 3", new MqttConnect { ClientId = "d", Will = new MqttWill { Topic = "a", Qos = (MqttQos)3 } }, V311, Client);
        yield return ("CONNACK with a session and a failure", new MqttConnAck { SessionPresent = true, Reason = MqttReason.NotAuthorized }, V5, Server);
        yield return ("CONNACK with a reason of DISCONNECT", new MqttConnAck { Reason = MqttReason.SessionTakenOver }, V5, Server);
        yield return ("SUBSCRIBE to nothing", new MqttSubscribe { PacketId = 1, Subscriptions = [] }, V311, Client);
        yield return ("SUBSCRIBE with identifier 0", new MqttSubscribe { PacketId = 0, Subscriptions = [new("a", 0)] }, V311, Client);
        yield return ("SUBSCRIBE with QoS 3", new MqttSubscribe { PacketId = 1, Subscriptions = [new("a", (MqttQos)3)] }, V311, Client);
        yield return ("SUBSCRIBE with options in 3.1.1", new MqttSubscribe { PacketId = 1, Subscriptions = [new("a", 0, NoLocal: true)] }, V311, Client);
        yield return ("SUBSCRIBE to a bad filter", new MqttSubscribe { PacketId = 1, Subscriptions = [new("a/#/b", 0)] }, V311, Client);
        yield return ("SUBSCRIBE shared and No Local", new MqttSubscribe { PacketId = 1, Subscriptions = [new("$share/g/a", 0, true)] }, V5, Client);
        yield return ("SUBACK of nothing", new MqttSubAck { PacketId = 1, Reasons = [] }, V311, Server);
        yield return ("UNSUBSCRIBE from nothing", new MqttUnsubscribe { PacketId = 1, Filters = [] }, V311, Client);
        yield return ("UNSUBSCRIBE from an empty filter", new MqttUnsubscribe { PacketId = 1, Filters = [string.Empty] }, V311, Client);
        yield return ("UNSUBACK of nothing", new MqttUnsubAck { PacketId = 1 }, V5, Server);
        yield return ("DISCONNECT with a reason in 3.1.1", new MqttDisconnect { Reason = MqttReason.UnspecifiedError }, V311, Client);
        yield return ("DISCONNECT of a server in 3.1.1", new MqttDisconnect(), V311, Server);
        yield return ("DISCONNECT of a server with the will", new MqttDisconnect { Reason = MqttReason.DisconnectWithWill }, V5, Server);
        yield return ("AUTH without a method", new MqttAuth { Reason = MqttReason.ContinueAuthentication }, V5, Client);
    }
}
