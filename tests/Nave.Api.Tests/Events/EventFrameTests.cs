using System.Text;

namespace Nave.Api.Tests.Events;

public sealed class EventFrameTests
{
    // Version 1, telemetry, device "d1", module "m", generation "9", authentication method 1, properties, body.
    private static readonly byte[] s_record = [1, 1, 2, .. "d1"u8, 1, .. "m"u8, 1, .. "9"u8, 1, 7, 0, 2, .. "ok"u8, 2, .. "no"u8, .. "body"u8];

    [Fact]
    public void A_frame_gives_back_what_was_written()
    {
        Assert.True(EventFrame.TryRead(Frame(s_record), out var frame, out var length));
        Assert.Equal(EventFrame.HeadBytes + s_record.Length, length);
        Assert.Equal(3, frame.Partition);
        Assert.Equal(1L << 40, frame.SequenceNumber);
        Assert.Equal(4096, frame.Offset);
        Assert.Equal(1_700_000_000_123, frame.EnqueuedMilliseconds);
        Assert.Equal(1, frame.Source);
        Assert.Equal(new IdentityId("d1", "m"), frame.Device);
        Assert.Equal("no", frame.Properties["ok"]);
        Assert.Equal("body", Encoding.UTF8.GetString(frame.Body.Span));
    }

    [Fact]
    public void The_head_has_the_documented_bytes()
    {
        var head = new byte[EventFrame.HeadBytes];
        EventFrame.WriteHead(head, 3, 2, 1, 258, 5);
        Assert.Equal("1E0000000302000000000000000100000000000000" + "0201000000000000", Convert.ToHexString(head));
    }

    [Fact]
    public void Half_a_frame_needs_more_bytes_wherever_it_is_cut()
    {
        var bytes = Frame(s_record);
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            Assert.False(EventFrame.TryRead(bytes.AsMemory(0, cut), out _, out var length));
            Assert.Equal(cut < 4 ? 0 : bytes.Length, length);
        }
    }

    [Fact]
    public void A_record_that_ends_early_is_refused_wherever_it_ends()
    {
        var head = s_record.Length - "body".Length;
        for (var cut = 0; cut < head; cut++)
        {
            Assert.Throws<InvalidDataException>(() => EventFrame.TryRead(Frame(s_record[..cut]), out _, out _));
        }

        Assert.True(EventFrame.TryRead(Frame(s_record[..head]), out var empty, out _));
        Assert.Equal(0, empty.Body.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    [InlineData(-1)]
    [InlineData(EventFrame.MaxBytes)]
    public void A_length_that_no_frame_has_is_refused_before_its_bytes_are_awaited(int length) =>
        Assert.Throws<InvalidDataException>(() => EventFrame.TryRead(BitConverter.GetBytes(length), out _, out _));

    [Fact]
    public void Bytes_at_random_are_a_frame_or_refused()
    {
        var random = new Random(3);
        for (var i = 0; i < 20_000; i++)
        {
            var record = s_record.ToArray();
            record[random.Next(record.Length)] = (byte)random.Next(256);
            record[random.Next(record.Length)] = (byte)random.Next(256);
            try
            {
                Assert.True(EventFrame.TryRead(Frame(record), out var frame, out _));
                Assert.InRange(frame.Body.Length, 0, record.Length);
                _ = frame.Device;
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
    }

    private static byte[] Frame(byte[] record)
    {
        var frame = new byte[EventFrame.HeadBytes + record.Length];
        EventFrame.WriteHead(frame, 3, 1L << 40, 4096, 1_700_000_000_123, record.Length);
        record.CopyTo(frame, EventFrame.HeadBytes);
        return frame;
    }
}
