using System.Buffers;

namespace Nave.Mqtt.Tests;

/// <summary>Which packet may carry which property, from table 2-4 of MQTT 5.0 row by row.</summary>
public sealed class MqttPropertyRulesTests
{
    // The property as bytes, then where the table has it; Pub* is PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK.
    private static readonly (string Bytes, string Packets)[] s_table =
    [
        ("01 01", "PublishFromClient PublishFromServer Will"),
        ("02 00000001", "PublishFromClient PublishFromServer Will"),
        ("03 \"t\"", "PublishFromClient PublishFromServer Will"),
        ("08 \"t\"", "PublishFromClient PublishFromServer Will"),
        ("09 \"t\"", "PublishFromClient PublishFromServer Will"),
        ("0B 01", "PublishFromServer Subscribe"),
        ("11 00000001", "Connect ConnAck DisconnectFromClient"),
        ("12 \"t\"", "ConnAck"),
        ("13 0001", "ConnAck"),
        ("15 \"t\"", "Connect ConnAck Auth"),
        ("15 \"t\" 16 \"t\"", "Connect ConnAck Auth"),
        ("17 01", "Connect"),
        ("18 00000001", "Will"),
        ("19 01", "Connect"),
        ("1A \"t\"", "ConnAck"),
        ("1C \"t\"", "ConnAck DisconnectFromClient DisconnectFromServer"),
        ("1F \"t\"", "ConnAck PubAck PubRec PubRel PubComp SubAck UnsubAck DisconnectFromClient DisconnectFromServer Auth"),
        ("21 0001", "Connect ConnAck"),
        ("22 0001", "Connect ConnAck"),
        ("23 0001", "PublishFromClient PublishFromServer"),
        ("24 01", "ConnAck"),
        ("25 01", "ConnAck"),
        ("27 00000001", "Connect ConnAck"),
        ("28 01", "ConnAck"),
        ("29 01", "ConnAck"),
        ("2A 01", "ConnAck"),
    ];

    [Fact]
    public void A_property_is_accepted_exactly_where_the_table_has_it()
    {
        foreach (var (notation, packets) in s_table)
        {
            var bytes = PacketBytes.Parse(notation);
            foreach (var owner in Enum.GetValues<MqttPropertySet>())
            {
                var reason = Refusal(bytes, owner);
                Assert.Equal((notation, owner, packets.Split(' ').Contains(owner.ToString()) ? null : MqttReason.MalformedPacket), (notation, owner, reason));
            }
        }
    }

    [Fact]
    public void A_property_appears_at_most_once_where_it_is_allowed()
    {
        foreach (var (notation, packets) in s_table)
        {
            foreach (var owner in packets.Split(' ').Select(Enum.Parse<MqttPropertySet>))
            {
                // The one exception beside user properties, §3.3.2.3.8.
                MqttReason? expected = notation == "0B 01" && owner == MqttPropertySet.PublishFromServer ? null : MqttReason.ProtocolError;
                Assert.Equal((notation, owner, expected), (notation, owner, Refusal(PacketBytes.Parse(notation + notation), owner)));
            }
        }
    }

    [Fact]
    public void User_properties_go_everywhere_and_repeat()
    {
        Assert.All(Enum.GetValues<MqttPropertySet>(), owner => Assert.Null(Refusal(PacketBytes.Parse("26 \"k\" \"v\" 26 \"k\" \"v\""), owner)));
    }

    [Fact]
    public void More_properties_than_a_packet_may_have_are_over_a_quota_in_every_packet_whatever_stands_behind_the_last()
    {
        byte[] most = [.. Enumerable.Repeat(PacketBytes.Parse("26 \"k\" \"v\""), MqttProperties.MaxCount).SelectMany(bytes => bytes)];
        foreach (var owner in Enum.GetValues<MqttPropertySet>())
        {
            Assert.Null(Refusal(most, owner));
            Assert.Equal(MqttReason.QuotaExceeded, Refusal([.. most, .. PacketBytes.Parse("26 \"k\" \"v\"")], owner));
            Assert.Equal(MqttReason.QuotaExceeded, Refusal([.. most, 0xFF], owner));
        }
    }

    [Fact]
    public void A_packet_with_too_many_properties_is_not_encoded_either()
    {
        var builder = new MqttPropertiesBuilder();
        for (var i = 0; i <= MqttProperties.MaxCount; i++)
        {
            builder.AddUser("k", "v");
        }

        var e = Assert.Throws<ArgumentException>(() => new MqttDisconnect { Reason = MqttReason.Success, Properties = builder.Build() }.Encode(new ArrayBufferWriter<byte>(), MqttVersion.V5, MqttSender.Client));
        Assert.Contains("1024", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_property_cut_at_any_byte_is_malformed()
    {
        foreach (var (notation, packets) in s_table)
        {
            var bytes = PacketBytes.Parse(notation);
            var owner = Enum.Parse<MqttPropertySet>(packets.Split(' ')[0]);
            for (var length = 1; length < bytes.Length; length++)
            {
                var whole = notation.StartsWith("15 \"t\" 16", StringComparison.Ordinal) && length == 4;
                MqttReason? expected = whole ? null : MqttReason.MalformedPacket;
                Assert.Equal((notation, length, expected), (notation, length, Refusal(bytes.AsSpan(0, length), owner)));
            }
        }
    }

    [Fact]
    public void Typed_getters_find_what_the_builder_added()
    {
        var properties = new MqttPropertiesBuilder()
            .AddUser("a", "1")
            .AddNumber(MqttPropertyId.SubscriptionIdentifier, 300)
            .AddString(MqttPropertyId.ContentType, "ü")
            .AddBinary(MqttPropertyId.CorrelationData, [1, 2, 3])
            .AddUser("a", "2")
            .Build();
        Assert.Equal(300U, properties.GetNumber(MqttPropertyId.SubscriptionIdentifier));
        Assert.Null(properties.GetNumber(MqttPropertyId.TopicAlias));
        Assert.Equal("ü", properties.GetString(MqttPropertyId.ContentType));
        Assert.Null(properties.GetString(MqttPropertyId.ReasonString));
        Assert.Equal([1, 2, 3], properties.GetBinary(MqttPropertyId.CorrelationData)!.Value.ToArray());
        Assert.Null(properties.GetBinary(MqttPropertyId.AuthenticationData));
        Assert.Equal([new("a", "1"), new("a", "2")], properties.GetUserProperties());
    }

    [Fact]
    public void The_builder_refuses_what_no_packet_can_say_and_stays_as_it_was()
    {
        var builder = new MqttPropertiesBuilder();
        Assert.Throws<ArgumentException>(() => builder.AddNumber(MqttPropertyId.ContentType, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.AddNumber(MqttPropertyId.TopicAlias, 65_536));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.AddNumber(MqttPropertyId.SubscriptionIdentifier, 268_435_456));
        Assert.Throws<ArgumentException>(() => builder.AddString(MqttPropertyId.TopicAlias, "x"));
        Assert.Throws<ArgumentException>(() => builder.AddString(MqttPropertyId.ContentType, "a\0"));
        Assert.ThrowsAny<ArgumentException>(() => builder.AddString(MqttPropertyId.ContentType, "\uD800"));
        Assert.Throws<ArgumentException>(() => builder.AddString(MqttPropertyId.ContentType, new string('x', 65_536)));
        Assert.Throws<ArgumentException>(() => builder.AddUser("a", "\0"));
        Assert.Throws<ArgumentException>(() => builder.AddBinary(MqttPropertyId.CorrelationData, new byte[65_536]));
        Assert.True(builder.Build().IsEmpty);
    }

    private static MqttReason? Refusal(ReadOnlySpan<byte> bytes, MqttPropertySet owner)
    {
        try
        {
            MqttPropertyRules.Validate(bytes, owner);
            return null;
        }
        catch (MqttProtocolException e)
        {
            return e.Reason;
        }
    }
}
