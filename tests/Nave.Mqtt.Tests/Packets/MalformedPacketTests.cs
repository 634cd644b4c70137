namespace Nave.Mqtt.Tests;

/// <summary>What each decoder must refuse, with the reason code that the specifications give.</summary>
public sealed class MalformedPacketTests
{
    private const MqttVersion V311 = MqttVersion.V311;
    private const MqttVersion V5 = MqttVersion.V5;
    private const MqttSender Client = MqttSender.Client;
    private const MqttSender Server = MqttSender.Server;
    private const MqttReason Malformed = MqttReason.MalformedPacket;
    private const MqttReason Protocol = MqttReason.ProtocolError;

    /// <summary>What is wrong, version, sender, first byte, body, reason.</summary>
    public static TheoryData<string, MqttVersion, MqttSender, byte, string, MqttReason> Table => new()
    {
        // CONNECT, 3.1.1 and 5.0 §3.1.
        { "name of MQTT 3.1", V311, Client, 0x10, "\"MQIsdp\" 03 02 0000 \"d\"", MqttReason.UnsupportedProtocolVersion },
        { "name in small letters", V311, Client, 0x10, "\"mqtt\" 04 02 0000 \"d\"", MqttReason.UnsupportedProtocolVersion },
        { "level 3", V311, Client, 0x10, "\"MQTT\" 03 02 0000 \"d\"", MqttReason.UnsupportedProtocolVersion },
        { "level 6", V5, Client, 0x10, "\"MQTT\" 06 02 0000 00 \"d\"", MqttReason.UnsupportedProtocolVersion },
        { "bridge bit of the level", V311, Client, 0x10, "\"MQTT\" 84 02 0000 \"d\"", MqttReason.UnsupportedProtocolVersion },
        { "empty body", V311, Client, 0x10, "", Malformed },
        { "reserved flag", V311, Client, 0x10, "\"MQTT\" 04 03 0000 \"d\"", Malformed },
        { "reserved flag", V5, Client, 0x10, "\"MQTT\" 05 03 0000 00 \"d\"", Malformed },
        { "will with QoS 3", V311, Client, 0x10, "\"MQTT\" 04 1E 0000 \"d\" \"t\" \"\"", Malformed },
        { "will QoS without a will", V311, Client, 0x10, "\"MQTT\" 04 0A 0000 \"d\"", Malformed },
        { "will retain without a will", V5, Client, 0x10, "\"MQTT\" 05 22 0000 00 \"d\"", Malformed },
        { "password without a user name", V311, Client, 0x10, "\"MQTT\" 04 42 0000 \"d\" \"p\"", Malformed },
        { "empty identifier without clean session", V311, Client, 0x10, "\"MQTT\" 04 00 0000 \"\"", MqttReason.ClientIdentifierNotValid },
        { "identifier with U+0000", V311, Client, 0x10, "\"MQTT\" 04 02 0000 0002 6100", Malformed },
        { "identifier with a surrogate", V311, Client, 0x10, "\"MQTT\" 04 02 0000 0003 EDA080", Malformed },
        { "identifier with an overlong form", V311, Client, 0x10, "\"MQTT\" 04 02 0000 0002 C080", Malformed },
        { "user name that is not UTF-8", V311, Client, 0x10, "\"MQTT\" 04 82 0000 \"d\" 0001 FF", Malformed },
        { "user name is missing", V311, Client, 0x10, "\"MQTT\" 04 82 0000 \"d\"", Malformed },
        { "password is cut", V311, Client, 0x10, "\"MQTT\" 04 C2 0000 \"d\" \"u\" 0005 01", Malformed },
        { "bytes after the password", V311, Client, 0x10, "\"MQTT\" 04 C2 0000 \"d\" \"u\" \"p\" 00", Malformed },
        { "will topic with a wildcard", V311, Client, 0x10, "\"MQTT\" 04 06 0000 \"d\" \"a/#\" \"\"", Malformed },
        { "will topic is empty", V5, Client, 0x10, "\"MQTT\" 05 06 0000 00 \"d\" 00 \"\" \"\"", Malformed },
        { "properties over the end", V5, Client, 0x10, "\"MQTT\" 05 02 0000 05 11 00", Malformed },
        { "property length is missing", V5, Client, 0x10, "\"MQTT\" 05 02 0000", Malformed },
        { "property length not in its shortest form", V5, Client, 0x10, "\"MQTT\" 05 02 0000 8000 \"d\"", Malformed },
        { "property length of five bytes", V5, Client, 0x10, "\"MQTT\" 05 02 0000 8080808001 \"d\"", Malformed },
        { "property identifier 0", V5, Client, 0x10, "\"MQTT\" 05 02 0000 02 0000 \"d\"", Malformed },
        { "property identifier 0x7F", V5, Client, 0x10, "\"MQTT\" 05 02 0000 02 7F00 \"d\"", Malformed },
        { "property identifier in two bytes", V5, Client, 0x10, "\"MQTT\" 05 02 0000 03 A10014 \"d\"", Malformed },
        { "property of another packet", V5, Client, 0x10, "\"MQTT\" 05 02 0000 03 23 0001 \"d\"", Malformed },
        { "property twice", V5, Client, 0x10, "\"MQTT\" 05 02 0000 06 21 0001 21 0001 \"d\"", Protocol },
        { "Receive Maximum 0", V5, Client, 0x10, "\"MQTT\" 05 02 0000 03 21 0000 \"d\"", Protocol },
        { "Maximum Packet Size 0", V5, Client, 0x10, "\"MQTT\" 05 02 0000 05 27 00000000 \"d\"", Protocol },
        { "Request Problem Information 2", V5, Client, 0x10, "\"MQTT\" 05 02 0000 02 17 02 \"d\"", Protocol },
        { "authentication data without a method", V5, Client, 0x10, "\"MQTT\" 05 02 0000 04 16 0001 01 \"d\"", Protocol },
        { "user property without a value", V5, Client, 0x10, "\"MQTT\" 05 02 0000 04 26 \"k\" \"d\"", Malformed },
        { "user property that is not UTF-8", V5, Client, 0x10, "\"MQTT\" 05 02 0000 07 26 0001 FF \"v\" \"d\"", Malformed },
        { "will property outside a will", V5, Client, 0x10, "\"MQTT\" 05 02 0000 05 18 00000001 \"d\"", Malformed },

        // CONNACK, §3.2.
        { "flags", V311, Server, 0x20, "02 00", Malformed },
        { "return code 6", V311, Server, 0x20, "00 06", Malformed },
        { "session present with a failure", V311, Server, 0x20, "01 05", Protocol },
        { "one byte", V311, Server, 0x20, "00", Malformed },
        { "three bytes", V311, Server, 0x20, "00 00 00", Malformed },
        { "no property length", V5, Server, 0x20, "00 00", Malformed },
        { "reason of another packet", V5, Server, 0x20, "00 8D 00", Protocol },
        { "session present with a failure", V5, Server, 0x20, "01 87 00", Protocol },
        { "Maximum QoS 2", V5, Server, 0x20, "00 00 02 24 02", Protocol },

        // PUBLISH, §3.3.
        { "QoS 3", V311, Client, 0x36, "\"a\" 0001", Malformed },
        { "QoS 3", V5, Client, 0x37, "\"a\" 0001 00", Malformed },
        { "DUP at QoS 0", V311, Client, 0x38, "\"a\"", Malformed },
        { "DUP at QoS 0", V5, Client, 0x38, "\"a\" 00", Malformed },
        { "empty body", V311, Client, 0x30, "", Malformed },
        { "topic cut", V311, Client, 0x30, "0003 61", Malformed },
        { "topic is empty", V311, Client, 0x30, "\"\"", Malformed },
        { "topic is empty and no alias", V5, Client, 0x30, "\"\" 00", Protocol },
        { "topic with +", V311, Client, 0x30, "\"a/+/b\"", Malformed },
        { "topic with #", V5, Client, 0x30, "\"a/#\" 00", Malformed },
        { "topic with U+0000", V311, Client, 0x30, "0003 610062", Malformed },
        { "topic with a surrogate", V311, Client, 0x30, "0003 EDA080", Malformed },
        { "topic with a surrogate pair", V311, Client, 0x30, "0006 EDA0BDEDB880", Malformed },
        { "topic with half a character", V311, Client, 0x30, "0002 61C3", Malformed },
        { "topic above U+10FFFF", V311, Client, 0x30, "0004 F4908080", Malformed },
        { "packet identifier 0", V311, Client, 0x32, "\"a\" 0000", Protocol },
        { "packet identifier 0", V5, Client, 0x34, "\"a\" 0000 00", Protocol },
        { "packet identifier cut", V311, Client, 0x32, "\"a\" 00", Malformed },
        { "no property length", V5, Client, 0x30, "\"a\"", Malformed },
        { "topic alias 0", V5, Client, 0x30, "\"a\" 03 23 0000", MqttReason.TopicAliasInvalid },
        { "topic alias twice", V5, Client, 0x30, "\"a\" 06 23 0001 23 0001", Protocol },
        { "payload format 2", V5, Client, 0x30, "\"a\" 02 01 02", Protocol },
        { "response topic with a wildcard", V5, Client, 0x30, "\"a\" 04 08 \"+\"", Malformed },
        { "content type with U+0000", V5, Client, 0x30, "\"a\" 04 03 0001 00", Malformed },
        { "subscription identifier from a client", V5, Client, 0x30, "\"a\" 02 0B 01", Malformed },
        { "subscription identifier 0", V5, Server, 0x30, "\"a\" 02 0B 00", Protocol },
        { "subscription identifier of five bytes", V5, Server, 0x30, "\"a\" 06 0B 8080808001", Malformed },
        { "subscription identifier not in its shortest form", V5, Server, 0x30, "\"a\" 03 0B 8100", Malformed },
        { "correlation data cut", V5, Client, 0x30, "\"a\" 04 09 0002 01", Malformed },

        // PUBACK and its like, §3.4 to §3.7.
        { "identifier 0", V311, Client, 0x40, "0000", Protocol },
        { "identifier cut", V311, Client, 0x50, "00", Malformed },
        { "a reason in 3.1.1", V311, Client, 0x40, "0001 00", Malformed },
        { "reason of another packet", V5, Client, 0x40, "0001 92", Protocol },
        { "reason of another packet", V5, Client, 0x62, "0001 10", Protocol },
        { "undefined reason", V5, Client, 0x70, "0001 FF", Protocol },
        { "bytes after the properties", V5, Client, 0x40, "0001 00 00 00", Malformed },
        { "reason string twice", V5, Client, 0x40, "0001 00 08 1F \"a\" 1F \"b\"", Protocol },

        // SUBSCRIBE and SUBACK, §3.8 and §3.9.
        { "no filter", V311, Client, 0x82, "0001", Protocol },
        { "no filter", V5, Client, 0x82, "0001 00", Protocol },
        { "identifier 0", V311, Client, 0x82, "0000 \"a\" 00", Protocol },
        { "no options", V311, Client, 0x82, "0001 \"a\"", Malformed },
        { "QoS 3", V311, Client, 0x82, "0001 \"a\" 03", Malformed },
        { "QoS 3", V5, Client, 0x82, "0001 00 \"a\" 03", Protocol },
        { "reserved options", V311, Client, 0x82, "0001 \"a\" 04", Malformed },
        { "reserved options", V5, Client, 0x82, "0001 00 \"a\" 40", Malformed },
        { "retain handling 3", V5, Client, 0x82, "0001 00 \"a\" 30", Protocol },
        { "No Local on a shared subscription", V5, Client, 0x82, "0001 00 \"$share/g/a\" 04", Protocol },
        { "filter is empty", V311, Client, 0x82, "0001 \"\" 00", Malformed },
        { "# not last", V311, Client, 0x82, "0001 \"a/#/b\" 00", Malformed },
        { "+ beside text", V311, Client, 0x82, "0001 \"a+\" 00", Malformed },
        { "filter that is not UTF-8", V311, Client, 0x82, "0001 0001 FF 00", Malformed },
        { "shared subscription without a name", V5, Client, 0x82, "0001 00 \"$share//a\" 00", Malformed },
        { "shared subscription without a filter", V5, Client, 0x82, "0001 00 \"$share/g\" 00", Malformed },
        { "subscription identifier twice", V5, Client, 0x82, "0001 04 0B 01 0B 02 \"a\" 00", Protocol },
        { "no return code", V311, Server, 0x90, "0001", Protocol },
        { "return code 3", V311, Server, 0x90, "0001 03", Malformed },
        { "undefined reason", V5, Server, 0x90, "0001 00 03", Protocol },

        // UNSUBSCRIBE and UNSUBACK, §3.10 and §3.11.
        { "no filter", V311, Client, 0xA2, "0001", Protocol },
        { "filter cut", V5, Client, 0xA2, "0001 00 0002 61", Malformed },
        { "identifier 0", V311, Server, 0xB0, "0000", Protocol },
        { "a reason in 3.1.1", V311, Server, 0xB0, "0001 00", Malformed },
        { "no reason", V5, Server, 0xB0, "0001 00", Protocol },
        { "reason of another packet", V5, Server, 0xB0, "0001 00 01", Protocol },

        // PINGREQ, PINGRESP, DISCONNECT, AUTH, §3.12 to §3.15.
        { "a body", V311, Client, 0xC0, "00", Malformed },
        { "a body", V5, Server, 0xD0, "00", Malformed },
        { "a reason in 3.1.1", V311, Client, 0xE0, "00", Malformed },
        { "from the server in 3.1.1", V311, Server, 0xE0, "", Protocol },
        { "reason of another packet", V5, Client, 0xE0, "01", Protocol },
        { "0x04 from the server", V5, Server, 0xE0, "04", Protocol },
        { "session expiry from the server", V5, Server, 0xE0, "00 05 11 00000001", Malformed },
        { "bytes after the properties", V5, Client, 0xE0, "00 00 00", Malformed },
        { "AUTH in 3.1.1", V311, Client, 0xF0, "", Malformed },
        { "reason of another packet", V5, Client, 0xF0, "80 00", Protocol },
        { "no property length", V5, Client, 0xF0, "18", Malformed },
        { "no method", V5, Client, 0xF0, "18 00", Protocol },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void It_is_refused_with_the_reason_of_the_specification(
        string what, MqttVersion version, MqttSender sender, byte header, string body, MqttReason reason)
    {
        var bytes = PacketBytes.Parse(body);
        Assert.InRange(bytes.Length, 0, 127);
        var error = Assert.Throws<MqttProtocolException>(
            () => PacketCodec.DecodeWhole([header, (byte)bytes.Length, .. bytes], version, sender));
        Assert.True(error.Reason == reason, $"{what}: {error.Reason}, {error.Message}");
    }

    [Theory]
    [InlineData("\"MQIsdp\" 03 02 0000 \"d\"", MqttVersion.V311)]
    [InlineData("\"MQTT\" 03 02 0000 \"d\"", MqttVersion.V311)]
    [InlineData("\"MQTT\" 04 00 0000 \"\"", MqttVersion.V311)]
    [InlineData("\"MQTT\" 05 03 0000 00 \"d\"", MqttVersion.V5)]
    [InlineData("\"MQTT\" 06 02 0000 00 \"d\"", MqttVersion.V5)]
    [InlineData("\"MQTT\"", MqttVersion.V311)]
    [InlineData("", MqttVersion.V311)]
    public void A_refused_connect_tells_in_which_version_to_answer(string body, MqttVersion version)
    {
        var bytes = PacketBytes.Parse(body);
        ReadOnlySpan<byte> buffer = [0x10, (byte)bytes.Length, .. bytes];
        Assert.True(MqttFrame.TryRead(ref buffer, 100, out var frame));
        Assert.Equal(version, MqttConnect.AnswerVersion(frame));
    }

    [Fact]
    public void More_filters_than_the_limit_are_refused_before_they_are_kept()
    {
        byte[] many = [0x82, 0x0A, 0, 1, 0, 1, (byte)'a', 0, 0, 1, (byte)'b', 0];
        Assert.Equal(MqttReason.QuotaExceeded, Assert.Throws<MqttProtocolException>(() =>
        {
            ReadOnlySpan<byte> buffer = many;
            MqttFrame.TryRead(ref buffer, 100, out var frame);
            MqttSubscribe.Decode(frame, V311, maxFilters: 1);
        }).Reason);
        Assert.Equal(2, Assert.IsType<MqttSubscribe>(PacketCodec.DecodeWhole(many, V311, Client)).Subscriptions.Count);
    }

    [Fact]
    public void No_message_repeats_a_password_or_a_payload()
    {
        var error = Assert.Throws<MqttProtocolException>(() => PacketCodec.DecodeWhole(
            [0x10, 0x1A, .. PacketBytes.Parse("\"MQTT\" 04 C2 0000 \"d\" \"u\" \"hunter2\" 00")], V311, Client));
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }
}
