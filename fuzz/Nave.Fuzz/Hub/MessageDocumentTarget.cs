using Nave.Api;
using Nave.Hub.Commands;

namespace Nave.Fuzz.Hub;

/// <summary>A stored cloud-to-device message.</summary>
internal sealed class MessageDocumentTarget() : StoredTarget("stored-message", [Seed(0, 0), Seed(3, 200)])
{
    public override void Verify(byte[] input)
    {
        var again = MessageRecord.Decode(input).Encode();
        Check(MessageRecord.Decode(again).Encode().AsSpan().SequenceEqual(again), "a message is read as it was written");
    }

    protected override void Read(byte[] input)
    {
        var record = MessageRecord.Decode(input);
        _ = record.Message.Properties.ContentBytes;
        _ = record.Message.Properties[SystemProperty.MessageId];
        _ = record.Message.Properties["a"];
    }

    private static byte[] Seed(int properties, int body)
    {
        var writer = new EventPropertiesWriter();
        for (var i = 0; i < properties; i++)
        {
            writer.Add(SystemProperty.MessageId, "m1");
            writer.Add("a", "b");
        }

        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        return new MessageRecord(properties, AckMode.Full, time, time.AddHours(1), "637", new CloudToDeviceMessage(writer.ToProperties(), new byte[body])).Encode();
    }
}
