namespace Nave.Mqtt.Tests;

/// <summary>The fixed header: types, flags, lengths and the limit.</summary>
public sealed class MqttFrameTests
{
    // MQTT 3.1.1 §2.2.3 and 5.0 §1.5.5: the borders of one to four bytes.
    [Theory]
    [InlineData("00", 0)]
    [InlineData("7F", 127)]
    [InlineData("8001", 128)]
    [InlineData("FF7F", 16_383)]
    [InlineData("808001", 16_384)]
    [InlineData("FFFF7F", 2_097_151)]
    [InlineData("80808001", 2_097_152)]
    [InlineData("FFFFFF7F", 268_435_455)]
    public void A_remaining_length_is_read_at_its_borders(string digits, int length)
    {
        byte[] start = [0x30, .. Convert.FromHexString(digits)];
        Assert.True(MqttFrame.TryReadHeader(start, MqttFrame.MaxPacketSize, out var header, out var packet));
        Assert.Equal(start.Length, header);
        Assert.Equal(start.Length + length, packet);
    }

    [Theory]
    [InlineData("30FFFFFFFF")]
    [InlineData("3080808080")]
    [InlineData("308000")]
    [InlineData("30FF00")]
    [InlineData("30808000")]
    public void A_malformed_remaining_length_is_refused(string hex) => AssertRefused(hex, 1000, MqttReason.MalformedPacket);

    [Theory]
    [InlineData("00")]
    [InlineData("0F")]
    [InlineData("11")]
    [InlineData("21")]
    [InlineData("41")]
    [InlineData("60")]
    [InlineData("80")]
    [InlineData("A3")]
    [InlineData("C8")]
    [InlineData("E1")]
    [InlineData("FF")]
    public void Reserved_types_and_flags_are_refused_at_the_first_byte(string hex) => AssertRefused(hex, 1000, MqttReason.MalformedPacket);

    [Fact]
    public void A_declared_length_over_the_limit_is_refused_before_the_body_arrives()
    {
        AssertRefused("30FFFFFF7F", 262_144, MqttReason.PacketTooLarge);
        AssertRefused("307F", 128, MqttReason.PacketTooLarge);
    }

    [Fact]
    public void A_packet_of_exactly_the_limit_passes_and_one_byte_more_does_not()
    {
        byte[] packet = [0x30, 0x05, 0, 1, (byte)'a', 1, 2];
        ReadOnlySpan<byte> buffer = packet;
        Assert.True(MqttFrame.TryRead(ref buffer, 7, out var frame));
        Assert.Equal(5, frame.Body.Length);
        AssertRefused(Convert.ToHexString(packet), 6, MqttReason.PacketTooLarge);
    }

    [Fact]
    public void A_sequence_whose_body_lies_in_one_segment_is_not_copied()
    {
        var buffer = Segments.Split([0x30, 0x05, 0, 1, (byte)'a', 1, 2], 2);
        var second = buffer.Slice(2).FirstSpan;
        Assert.True(MqttFrame.TryRead(ref buffer, 7, out var frame));
        Assert.True(frame.Body.Overlaps(second));
    }

    private static void AssertRefused(string hex, int limit, MqttReason reason)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(reason, Assert.Throws<MqttProtocolException>(() =>
        {
            ReadOnlySpan<byte> buffer = bytes;
            MqttFrame.TryRead(ref buffer, limit, out _);
        }).Reason);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var buffer = Segments.Of(bytes, size);
            Assert.Equal(reason, Assert.Throws<MqttProtocolException>(() => MqttFrame.TryRead(ref buffer, limit, out _)).Reason);
        }
    }
}
