using System.Buffers;

namespace Nave.Mqtt.Tests;

/// <summary>The hot path: nothing is allocated, and the view shows the frame's own bytes.</summary>
public sealed class MqttPublishTests
{
    [Theory]
    [InlineData("PUBLISH at QoS 1 with telemetry")]
    [InlineData("PUBLISH with all it can carry")]
    public void Reading_decoding_and_acknowledging_allocate_nothing(string name)
    {
        var golden = GoldenPackets.All.Single(g => g.Name == name);
        var bytes = golden.Bytes;
        var version = golden.Version;
        var total = Handle(bytes, version);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            total += Handle(bytes, version);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(total > 1000);
    }

    [Fact]
    public void The_view_is_the_buffer_itself()
    {
        var bytes = GoldenPackets.All.Single(g => g.Name == "PUBLISH with all it can carry").Bytes;
        ReadOnlySpan<byte> buffer = bytes;
        Assert.True(MqttFrame.TryRead(ref buffer, 1000, out var frame));
        var publish = MqttPublish.Decode(frame, MqttVersion.V5, MqttSender.Client);
        Assert.True(publish.Topic.Overlaps(bytes) && publish.Payload.Overlaps(bytes) && publish.Properties.Raw.Overlaps(bytes));
        Assert.Equal(7, publish.TopicAlias);
    }

    [Fact]
    public void A_sequence_in_one_segment_allocates_nothing_either()
    {
        var bytes = GoldenPackets.All.Single(g => g.Name == "PUBLISH at QoS 1 with telemetry").Bytes;
        var stream = new ReadOnlySequence<byte>(bytes);
        var lengths = Read(stream);
        var before = GC.GetAllocatedBytesForCurrentThread();
        lengths += Read(stream);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(26, lengths);

        static int Read(ReadOnlySequence<byte> buffer) =>
            MqttFrame.TryRead(ref buffer, 1000, out var frame) ? MqttPublish.Decode(frame, MqttVersion.V311, MqttSender.Client).Payload.Length : 0;
    }

    private static int Handle(ReadOnlySpan<byte> buffer, MqttVersion version)
    {
        Span<byte> ack = stackalloc byte[MqttAck.PubAckSize];
        MqttFrame.TryRead(ref buffer, 1000, out var frame);
        var publish = MqttPublish.Decode(frame, version, MqttSender.Client);
        var length = publish.Payload.Length + MqttAck.WritePubAck(ack, publish.PacketId);
        foreach (var property in publish.Properties)
        {
            length += property.Value.Length;
        }

        return length;
    }
}
