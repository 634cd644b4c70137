namespace Nave.Api.Tests.Messages;

/// <summary>What is done for each event allocates nothing.</summary>
public sealed class HotPathTests
{
    [Fact]
    public void Reading_a_property_bag_allocates_nothing()
    {
        var properties = new EventPropertiesWriter();
        AssertNothing(() =>
        {
            properties.Clear();
            return MqttPropertyBag.TryDecode("%24.mid=m1&%24.ct=application%2Fjson&room=kitchen&note=100%25"u8, properties) ? properties.Written.Length : 0;
        });
    }

    [Fact]
    public void Taking_a_frame_apart_allocates_nothing()
    {
        byte[] record = [1, 1, 2, .. "d1"u8, 0, 1, .. "9"u8, 1, 0, .. "body"u8];
        var bytes = new byte[EventFrame.HeadBytes + record.Length];
        EventFrame.WriteHead(bytes, 0, 1, 2, 3, record.Length);
        record.CopyTo(bytes, EventFrame.HeadBytes);
        AssertNothing(() => EventFrame.TryRead(bytes, out var frame, out var length) ? length + frame.Body.Length + frame.DeviceIdUtf8.Length : 0);
    }

    private static void AssertNothing(Func<int> action)
    {
        var total = action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            total += action();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(total > 1000);
    }
}
