using System.Buffers;

namespace Nave.Mqtt.Tests;

/// <summary>Every packet of the golden table, both ways and in pieces.</summary>
public sealed class GoldenPacketTests
{
    public static TheoryData<int> Indexes => [.. Enumerable.Range(0, GoldenPackets.All.Count)];

    [Fact]
    public void The_table_has_every_packet_type_in_both_versions()
    {
        foreach (var type in Enum.GetValues<MqttPacketType>())
        {
            Assert.Contains(GoldenPackets.All, g => g.Version == MqttVersion.V5 && g.Bytes[0] >> 4 == (int)type);
            Assert.Equal(type != MqttPacketType.Auth, GoldenPackets.All.Any(g => g.Version == MqttVersion.V311 && g.Bytes[0] >> 4 == (int)type));
        }
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void A_golden_packet_decodes_to_its_value(int index)
    {
        var golden = GoldenPackets.All[index];
        var decoded = PacketCodec.DecodeWhole(golden.Bytes, golden.Version, golden.Sender);
        Assert.Equal(PacketCodec.Describe(golden.Value), PacketCodec.Describe(decoded));
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void A_golden_value_encodes_to_its_bytes_and_knows_its_size(int index)
    {
        var golden = GoldenPackets.All[index];
        var encoded = PacketCodec.Encode(golden.Value, golden.Version, golden.Sender);
        Assert.Equal(Convert.ToHexString(golden.Bytes), Convert.ToHexString(encoded));
        Assert.Equal(golden.Bytes.Length, PacketCodec.GetSize(golden.Value, golden.Version));
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void A_span_that_ends_before_the_packet_asks_for_more_and_is_unchanged(int index)
    {
        var golden = GoldenPackets.All[index];
        for (var length = 0; length < golden.Bytes.Length; length++)
        {
            ReadOnlySpan<byte> buffer = golden.Bytes.AsSpan(0, length);
            Assert.False(MqttFrame.TryRead(ref buffer, golden.Bytes.Length, out _));
            Assert.Equal(length, buffer.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void A_sequence_decodes_the_same_whatever_the_size_of_its_segments(int index)
    {
        var golden = GoldenPackets.All[index];
        for (var size = 1; size <= golden.Bytes.Length; size++)
        {
            var buffer = Segments.Of([.. golden.Bytes, 0xC0, 0x00], size);
            Assert.True(MqttFrame.TryRead(ref buffer, golden.Bytes.Length, out var frame));
            Assert.Equal(PacketCodec.Describe(golden.Value), PacketCodec.Describe(PacketCodec.Decode(frame, golden.Version, golden.Sender)));
            Assert.Equal([0xC0, 0x00], buffer.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void A_sequence_split_at_any_byte_decodes_the_same_and_its_first_part_alone_asks_for_more(int index)
    {
        var golden = GoldenPackets.All[index];
        for (var split = 0; split <= golden.Bytes.Length; split++)
        {
            var buffer = Segments.Split(golden.Bytes, split);
            var first = buffer.Slice(0, split);
            if (split < golden.Bytes.Length)
            {
                Assert.False(MqttFrame.TryRead(ref first, golden.Bytes.Length, out _));
                Assert.Equal(split, first.Length);
            }

            Assert.True(MqttFrame.TryRead(ref buffer, golden.Bytes.Length, out var frame));
            Assert.Equal(PacketCodec.Describe(golden.Value), PacketCodec.Describe(PacketCodec.Decode(frame, golden.Version, golden.Sender)));
            Assert.True(buffer.IsEmpty);
        }
    }

    // A body cut short under a fixed header that agrees: every length inside must be checked.
    [Theory]
    [MemberData(nameof(Indexes))]
    public void A_body_cut_at_any_byte_is_a_shorter_packet_or_refused(int index)
    {
        var golden = GoldenPackets.All[index];
        ReadOnlySpan<byte> whole = golden.Bytes;
        Assert.True(MqttFrame.TryReadHeader(whole, golden.Bytes.Length, out var header, out _));
        for (var length = 0; length < golden.Bytes.Length - header; length++)
        {
            byte[] cut = length < 128
                ? [whole[0], (byte)length, .. whole.Slice(header, length)]
                : [whole[0], (byte)(length | 0x80), (byte)(length >> 7), .. whole.Slice(header, length)];
            try
            {
                var packet = PacketCodec.DecodeWhole(cut, golden.Version, golden.Sender);
                var again = PacketCodec.DecodeWhole(PacketCodec.Encode(packet, golden.Version, golden.Sender), golden.Version, golden.Sender);
                Assert.Equal(PacketCodec.Describe(packet), PacketCodec.Describe(again));
            }
            catch (MqttProtocolException e)
            {
                Assert.True(e.Reason.IsFailure());
            }
        }
    }

    [Fact]
    public void All_golden_packets_in_one_buffer_come_out_one_by_one()
    {
        var stream = GoldenPackets.All.SelectMany(g => g.Bytes).ToArray();
        ReadOnlySpan<byte> span = stream;
        var sequence = Segments.Of(stream, 7);
        foreach (var golden in GoldenPackets.All)
        {
            Assert.True(MqttFrame.TryRead(ref span, 1024, out var fromSpan));
            Assert.True(MqttFrame.TryRead(ref sequence, 1024, out var fromSequence));
            Assert.True(fromSpan.Header == fromSequence.Header && fromSpan.Body.SequenceEqual(fromSequence.Body));
            Assert.True(golden.Bytes.AsSpan().EndsWith(fromSpan.Body));
        }

        Assert.True(span.IsEmpty && sequence.IsEmpty);
    }
}
