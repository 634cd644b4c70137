using System.Text;

namespace Nave.Mqtt.Tests;

/// <summary>The golden table: encoders and decoders, the splits and the fuzzer all start from it.</summary>
internal static class GoldenPackets
{
    private const MqttVersion V311 = MqttVersion.V311;
    private const MqttVersion V5 = MqttVersion.V5;
    private const MqttSender Client = MqttSender.Client;
    private const MqttSender Server = MqttSender.Server;

    public static IReadOnlyList<GoldenPacket> All { get; } = [.. Connecting(), .. Publishing(), .. Acknowledging(), .. Subscribing(), .. Leaving()];

    private static IEnumerable<GoldenPacket> Connecting()
    {
        yield return new("CONNECT, the least", V311, Client, "10 10 \"MQTT\" 04 02 003C \"dev1\"", new MqttConnect
        {
            ClientId = "dev1",
            CleanStart = true,
            KeepAliveSeconds = 60,
        });
        yield return new(
            "CONNECT as an IoT Hub device sends it",
            V311,
            Client,
            "10 56 \"MQTT\" 04 C0 00F0 \"dev1\" \"hub.example/dev1/?api-version=2021-04-12\" \"SharedAccessSignature sr=x\"",
            new MqttConnect
            {
                ClientId = "dev1",
                KeepAliveSeconds = 240,
                UserName = "hub.example/dev1/?api-version=2021-04-12",
                Password = Utf8("SharedAccessSignature sr=x"),
            });
        yield return new("CONNECT with a will", V311, Client, "10 1D \"MQTT\" 04 2E 0000 \"d\" \"devices/d\" 0003 00FF7F", new MqttConnect
        {
            ClientId = "d",
            CleanStart = true,
            Will = new MqttWill { Topic = "devices/d", Payload = new byte[] { 0, 255, 127 }, Qos = MqttQos.AtLeastOnce, Retain = true },
        });
        yield return new("CONNECT without a client identifier", V311, Client, "10 0C \"MQTT\" 04 02 0000 \"\"", new MqttConnect
        {
            ClientId = string.Empty,
            CleanStart = true,
        });
        yield return new("CONNECT, the least", V5, Client, "10 11 \"MQTT\" 05 02 003C 00 \"dev1\"", new MqttConnect
        {
            Version = V5,
            ClientId = "dev1",
            CleanStart = true,
            KeepAliveSeconds = 60,
        });
        yield return new(
            "CONNECT with all it can carry",
            V5,
            Client,
            "10 71 \"MQTT\" 05 F4 FFFF"
                + "2E 11 FFFFFFFF 21 0014 27 00040000 22 000A 19 01 17 00 26 \"k\" \"v\" 26 \"k\" \"\" 15 \"SCRAM\" 16 0002 0001"
                + "\"d\" 22 18 0000003C 01 01 02 00000E10 03 \"t/p\" 08 \"r\" 09 0003 000102 26 \"\" \"w\" \"will\" \"ü\" \"user\" 0000",
            new MqttConnect
            {
                Version = V5,
                ClientId = "d",
                KeepAliveSeconds = 65535,
                Properties = new MqttPropertiesBuilder()
                    .AddNumber(MqttPropertyId.SessionExpiryInterval, uint.MaxValue)
                    .AddNumber(MqttPropertyId.ReceiveMaximum, 20)
                    .AddNumber(MqttPropertyId.MaximumPacketSize, 262_144)
                    .AddNumber(MqttPropertyId.TopicAliasMaximum, 10)
                    .AddNumber(MqttPropertyId.RequestResponseInformation, 1)
                    .AddNumber(MqttPropertyId.RequestProblemInformation, 0)
                    .AddUser("k", "v")
                    .AddUser("k", string.Empty)
                    .AddString(MqttPropertyId.AuthenticationMethod, "SCRAM")
                    .AddBinary(MqttPropertyId.AuthenticationData, [0, 1])
                    .Build(),
                Will = new MqttWill
                {
                    Topic = "will",
                    Payload = Utf8("ü"),
                    Qos = MqttQos.ExactlyOnce,
                    Retain = true,
                    Properties = new MqttPropertiesBuilder()
                        .AddNumber(MqttPropertyId.WillDelayInterval, 60)
                        .AddNumber(MqttPropertyId.PayloadFormatIndicator, 1)
                        .AddNumber(MqttPropertyId.MessageExpiryInterval, 3600)
                        .AddString(MqttPropertyId.ContentType, "t/p")
                        .AddString(MqttPropertyId.ResponseTopic, "r")
                        .AddBinary(MqttPropertyId.CorrelationData, [0, 1, 2])
                        .AddUser(string.Empty, "w")
                        .Build(),
                },
                UserName = "user",
                Password = ReadOnlyMemory<byte>.Empty,
            });
        yield return new("CONNECT with a password alone", V5, Client, "10 11 \"MQTT\" 05 40 0000 00 \"\" 0002 0102", new MqttConnect
        {
            Version = V5,
            ClientId = string.Empty,
            Password = new byte[] { 1, 2 },
        });
        yield return new("CONNACK, accepted", V311, Server, "20 02 00 00", new MqttConnAck());
        yield return new("CONNACK, session present", V311, Server, "20 02 01 00", new MqttConnAck { SessionPresent = true });
        yield return new("CONNACK, unacceptable version", V311, Server, "20 02 00 01", new MqttConnAck { Reason = MqttReason.UnsupportedProtocolVersion });
        yield return new("CONNACK, identifier rejected", V311, Server, "20 02 00 02", new MqttConnAck { Reason = MqttReason.ClientIdentifierNotValid });
        yield return new("CONNACK, unavailable", V311, Server, "20 02 00 03", new MqttConnAck { Reason = MqttReason.ServerUnavailable });
        yield return new("CONNACK, bad user name", V311, Server, "20 02 00 04", new MqttConnAck { Reason = MqttReason.BadUserNameOrPassword });
        yield return new("CONNACK, not authorised", V311, Server, "20 02 00 05", new MqttConnAck { Reason = MqttReason.NotAuthorized });
        yield return new("CONNACK, accepted", V5, Server, "20 03 00 00 00", new MqttConnAck());
        yield return new("CONNACK, unsupported version", V5, Server, "20 03 00 84 00", new MqttConnAck { Reason = MqttReason.UnsupportedProtocolVersion });
        yield return new(
            "CONNACK with all it can carry",
            V5,
            Server,
            "20 47 01 00 44 11 0000000A 21 0001 24 01 25 00 27 00000100 12 \"id\" 22 0000 1F \"why\" 26 \"a\" \"b\" 28 01 29 00 2A 01 13 06E7 1A \"ri\" 1C \"other\" 15 \"m\" 16 0001 FF",
            new MqttConnAck
            {
                SessionPresent = true,
                Properties = new MqttPropertiesBuilder()
                    .AddNumber(MqttPropertyId.SessionExpiryInterval, 10)
                    .AddNumber(MqttPropertyId.ReceiveMaximum, 1)
                    .AddNumber(MqttPropertyId.MaximumQos, 1)
                    .AddNumber(MqttPropertyId.RetainAvailable, 0)
                    .AddNumber(MqttPropertyId.MaximumPacketSize, 256)
                    .AddString(MqttPropertyId.AssignedClientIdentifier, "id")
                    .AddNumber(MqttPropertyId.TopicAliasMaximum, 0)
                    .AddString(MqttPropertyId.ReasonString, "why")
                    .AddUser("a", "b")
                    .AddNumber(MqttPropertyId.WildcardSubscriptionAvailable, 1)
                    .AddNumber(MqttPropertyId.SubscriptionIdentifierAvailable, 0)
                    .AddNumber(MqttPropertyId.SharedSubscriptionAvailable, 1)
                    .AddNumber(MqttPropertyId.ServerKeepAlive, 1767)
                    .AddString(MqttPropertyId.ResponseInformation, "ri")
                    .AddString(MqttPropertyId.ServerReference, "other")
                    .AddString(MqttPropertyId.AuthenticationMethod, "m")
                    .AddBinary(MqttPropertyId.AuthenticationData, [255])
                    .Build(),
            });
    }

    private static IEnumerable<GoldenPacket> Publishing()
    {
        yield return new("PUBLISH at QoS 0", V311, Client, "30 06 \"a/b\" 68", new PublishValue("a/b", Utf8("h")));
        yield return new("PUBLISH without a payload", V311, Client, "30 03 \"a\"", new PublishValue("a", default));
        yield return new(
            "PUBLISH at QoS 1 with telemetry",
            V311,
            Client,
            "32 2B \"devices/d/messages/events/\" 0102 '{\"t\":21.5}' 0D0A00",
            new PublishValue("devices/d/messages/events/", Utf8("{\"t\":21.5}\r\n\0"), MqttQos.AtLeastOnce, 0x0102));
        yield return new(
            "PUBLISH that is a retained duplicate at QoS 2", V311, Server, "3D 08 \"a/ü\" FFFF", new PublishValue("a/ü", default, MqttQos.ExactlyOnce, 65535, true, true));
        yield return new(
            "PUBLISH of 200 bytes, length in two", V311, Client, "30 CB01 \"a\"" + new string('0', 400), new PublishValue("a", new byte[200]));
        yield return new("PUBLISH at QoS 0", V5, Client, "30 05 \"a\" 00 68", new PublishValue("a", Utf8("h")));
        yield return new(
            "PUBLISH with all it can carry",
            V5,
            Client,
            "33 31 \"a\" 0001 29 01 00 02 00000001 23 0007 08 \"r/t\" 09 0001 01 26 \"x\" \"y\" 26 \"x\" \"z\" 03 \"json\" '{}'",
            new PublishValue("a", Utf8("{}"), MqttQos.AtLeastOnce, 1, Retain: true, Properties: new MqttPropertiesBuilder()
                .AddNumber(MqttPropertyId.PayloadFormatIndicator, 0)
                .AddNumber(MqttPropertyId.MessageExpiryInterval, 1)
                .AddNumber(MqttPropertyId.TopicAlias, 7)
                .AddString(MqttPropertyId.ResponseTopic, "r/t")
                .AddBinary(MqttPropertyId.CorrelationData, [1])
                .AddUser("x", "y")
                .AddUser("x", "z")
                .AddString(MqttPropertyId.ContentType, "json")
                .Build()));
        yield return new(
            "PUBLISH with an alias in place of its topic",
            V5,
            Client,
            "30 07 \"\" 03 23 FFFF 01",
            new PublishValue(string.Empty, new byte[] { 1 }, Properties: new MqttPropertiesBuilder().AddNumber(MqttPropertyId.TopicAlias, 65535).Build()));
        yield return new(
            "PUBLISH that matched two subscriptions",
            V5,
            Server,
            "30 0B \"a\" 07 0B 01 0B FFFFFF7F",
            new PublishValue("a", default, Properties: new MqttPropertiesBuilder()
                .AddNumber(MqttPropertyId.SubscriptionIdentifier, 1)
                .AddNumber(MqttPropertyId.SubscriptionIdentifier, 268_435_455)
                .Build()));
    }

    private static IEnumerable<GoldenPacket> Acknowledging()
    {
        yield return new("PUBACK", V311, Server, "40 02 0001", new MqttAck(MqttPacketType.PubAck, 1));
        yield return new("PUBREC", V311, Server, "50 02 0002", new MqttAck(MqttPacketType.PubRec, 2));
        yield return new("PUBREL", V311, Client, "62 02 0003", new MqttAck(MqttPacketType.PubRel, 3));
        yield return new("PUBCOMP", V311, Server, "70 02 FFFF", new MqttAck(MqttPacketType.PubComp, 65535));
        yield return new("PUBACK, success is not written", V5, Server, "40 02 0001", new MqttAck(MqttPacketType.PubAck, 1));
        yield return new(
            "PUBACK, no subscribers", V5, Server, "40 03 0001 10", new MqttAck(MqttPacketType.PubAck, 1, MqttReason.NoMatchingSubscribers));
        yield return new("PUBREC, quota exceeded", V5, Server, "50 03 0001 97", new MqttAck(MqttPacketType.PubRec, 1, MqttReason.QuotaExceeded));
        yield return new(
            "PUBREL, unknown identifier", V5, Client, "62 03 0001 92", new MqttAck(MqttPacketType.PubRel, 1, MqttReason.PacketIdentifierNotFound));
        yield return new(
            "PUBCOMP with properties",
            V5,
            Server,
            "70 0E 0001 00 0A 1F \"no\" 26 \"\" \"\"",
            new MqttAck(
                MqttPacketType.PubComp,
                1,
                MqttReason.Success,
                new MqttPropertiesBuilder().AddString(MqttPropertyId.ReasonString, "no").AddUser(string.Empty, string.Empty).Build()));
    }

    private static IEnumerable<GoldenPacket> Subscribing()
    {
        yield return new("SUBSCRIBE to one", V311, Client, "82 08 000A \"a/b\" 01", new MqttSubscribe
        {
            PacketId = 10,
            Subscriptions = [new("a/b", MqttQos.AtLeastOnce)],
        });
        yield return new("SUBSCRIBE to three", V311, Client, "82 32 0002 \"devices/d/messages/devicebound/#\" 01 \"$a/+/x\" 00 \"#\" 02", new MqttSubscribe
        {
            PacketId = 2,
            Subscriptions = [new("devices/d/messages/devicebound/#", MqttQos.AtLeastOnce), new("$a/+/x", MqttQos.AtMostOnce), new("#", MqttQos.ExactlyOnce)],
        });
        yield return new("SUBSCRIBE with options", V5, Client, "82 1E 000A 0A 0B 8101 26 \"k\" \"v\" \"+\" 2E \"$share/g/#\" 11", new MqttSubscribe
        {
            PacketId = 10,
            Subscriptions =
            [
                new("+", MqttQos.ExactlyOnce, NoLocal: true, RetainAsPublished: true, MqttRetainHandling.DoNotSend),
                new("$share/g/#", MqttQos.AtLeastOnce, RetainHandling: MqttRetainHandling.SendIfNew),
            ],
            Properties = new MqttPropertiesBuilder().AddNumber(MqttPropertyId.SubscriptionIdentifier, 129).AddUser("k", "v").Build(),
        });
        yield return new("SUBACK", V311, Server, "90 06 000A 00 01 02 80", new MqttSubAck
        {
            PacketId = 10,
            Reasons = [MqttReason.Success, MqttReason.GrantedQos1, MqttReason.GrantedQos2, MqttReason.UnspecifiedError],
        });
        yield return new("SUBACK with a reason string", V5, Server, "90 09 000A 04 1F \"x\" 01 A2", new MqttSubAck
        {
            PacketId = 10,
            Reasons = [MqttReason.GrantedQos1, MqttReason.WildcardSubscriptionsNotSupported],
            Properties = new MqttPropertiesBuilder().AddString(MqttPropertyId.ReasonString, "x").Build(),
        });
        yield return new("UNSUBSCRIBE from two", V311, Client, "A2 0A 000B \"a/b\" \"#\"", new MqttUnsubscribe { PacketId = 11, Filters = ["a/b", "#"] });
        yield return new("UNSUBSCRIBE with a property", V5, Client, "A2 0D 000B 07 26 \"k\" \"v\" \"a\"", new MqttUnsubscribe
        {
            PacketId = 11,
            Filters = ["a"],
            Properties = new MqttPropertiesBuilder().AddUser("k", "v").Build(),
        });
        yield return new("UNSUBACK", V311, Server, "B0 02 000B", new MqttUnsubAck { PacketId = 11 });
        yield return new("UNSUBACK for two", V5, Server, "B0 05 000B 00 00 11", new MqttUnsubAck
        {
            PacketId = 11,
            Reasons = [MqttReason.Success, MqttReason.NoSubscriptionExisted],
        });
    }

    private static IEnumerable<GoldenPacket> Leaving()
    {
        foreach (var version in new[] { V311, V5 })
        {
            yield return new("PINGREQ", version, Client, "C0 00", new PingValue(MqttPacketType.PingReq));
            yield return new("PINGRESP", version, Server, "D0 00", new PingValue(MqttPacketType.PingResp));
            yield return new("DISCONNECT, normal", version, Client, "E0 00", new MqttDisconnect());
        }

        yield return new("DISCONNECT, publish the will", V5, Client, "E0 01 04", new MqttDisconnect { Reason = MqttReason.DisconnectWithWill });
        yield return new("DISCONNECT with a new session expiry", V5, Client, "E0 07 00 05 11 00000000", new MqttDisconnect
        {
            Properties = new MqttPropertiesBuilder().AddNumber(MqttPropertyId.SessionExpiryInterval, 0).Build(),
        });
        yield return new("DISCONNECT, use another server", V5, Server, "E0 0B 9C 09 1C \"s\" 1F \"go\"", new MqttDisconnect
        {
            Reason = MqttReason.UseAnotherServer,
            Properties = new MqttPropertiesBuilder().AddString(MqttPropertyId.ServerReference, "s").AddString(MqttPropertyId.ReasonString, "go").Build(),
        });
        yield return new("AUTH, success in no bytes", V5, Server, "F0 00", new MqttAuth());
        yield return new("AUTH, continue", V5, Client, "F0 0B 18 09 15 \"m\" 16 0002 AABB", new MqttAuth
        {
            Reason = MqttReason.ContinueAuthentication,
            Properties = new MqttPropertiesBuilder()
                .AddString(MqttPropertyId.AuthenticationMethod, "m")
                .AddBinary(MqttPropertyId.AuthenticationData, [0xAA, 0xBB])
                .Build(),
        });
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
