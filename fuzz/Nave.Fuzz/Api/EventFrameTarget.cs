using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Fuzz.Api;

/// <summary>Events in their binary form, one after the other, as a reader of the event stream gets them.</summary>
internal sealed class EventFrameTarget() : FuzzTarget("event-frame", [Seed(1), Seed(3)])
{
    public override IReadOnlyList<byte[]> Words { get; } = [[0, 0, 0, 0], [25, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0x80, 0x80, 0x80, 0x80], [1, 1, 0, 0, 0, 1, 0]];

    public override bool Execute(byte[] input)
    {
        ReadOnlyMemory<byte> rest = input;
        try
        {
            while (EventFrame.TryRead(rest, out var frame, out var length))
            {
                Use(frame, length);
                rest = rest[length..];
            }

            return rest.IsEmpty;
        }
        catch (InvalidDataException e) when (e.Message.Length > 0)
        {
            return false;
        }
    }

    // Split at every byte: less than a frame is never one.
    public override void Verify(byte[] input)
    {
        for (var length = 0; length < input.Length && EventFrame.TryRead(input, out _, out var whole) && length < whole; length++)
        {
            Check(!EventFrame.TryRead(input.AsMemory(0, length), out _, out var known) && (known == 0 || known == whole), "a part of a frame asks for the rest");
        }
    }

    private static void Use(EventFrame frame, int length)
    {
        Check(length >= EventFrame.HeadBytes && frame.Body.Length + frame.DeviceIdUtf8.Length <= length, "the parts are in the frame");
        _ = frame.Device;
        _ = frame.Source;
        foreach (var property in frame.Properties)
        {
            _ = property.Value;
        }
    }

    private static byte[] Seed(int count)
    {
        var frames = new List<byte>();
        for (var i = 0; i < count; i++)
        {
            var writer = new EventPropertiesWriter();
            writer.Add(SystemProperty.MessageId, "m1");
            writer.Add("a", "b");
            var header = EventHeader.Create((EventSource)(1 + i), new IdentityId("d", i == 1 ? "m" : null), "1", "{\"scope\":\"device\"}");
            var record = EventRecord.Encode(header, writer.Written, "body"u8);
            var head = new byte[EventFrame.HeadBytes];
            EventFrame.WriteHead(head, i, i, 4096 * i, 1_767_225_600_000, record.Length);
            frames.AddRange(head);
            frames.AddRange(record);
        }

        return [.. frames];
    }
}
