using Nave.Amqp;
using Nave.Api;
using Nave.Server.Amqp.Service;

namespace Nave.Fuzz.Amqp;

/// <summary>Messages to devices as services send them over AMQP.</summary>
internal sealed class CommandMessageTarget() : AmqpCodecTarget("amqp-command",
[
    Seed("/devices/d%201/messages/devicebound", 1_767_225_600_000, writer => writer.Data("body"u8)),
    Seed("/devices/d1/modules/m1/messages/devicebound", null, writer => writer.Body("text")),
])
{
    public override IReadOnlyList<byte[]> Words { get; } = [.. Codes, .. Texts("/devices/", "/modules/", "/messages/devicebound", "iothub-ack", "full", "%")];

    /// <inheritdoc/>
    protected override void Decode(byte[] input)
    {
        var isRead = CloudToDeviceReader.TryRead(input, out var id, out var message, out var error);
        Check(isRead == message is not null && isRead == error is null, "there is a message or an error");
        if (message is not null)
        {
            Check(id.DeviceId.Length > 0 && message.Properties.Count() <= EventProperties.MaxCount + 8, "a message is for somebody");
        }
    }

    private static byte[] Seed(string to, long? expiry, Action<AmqpWriter> body) => Write(writer =>
    {
        writer.Properties(new AmqpPropertiesFields
        {
            MessageId = "m1", CorrelationId = Guid.Empty, To = System.Text.Encoding.UTF8.GetBytes(to), UserId = "u"u8, ContentType = "a/b"u8, AbsoluteExpiryTime = expiry,
        });
        writer.ApplicationProperties(AmqpMap.Fields(("a", "b"), ("n", 1), ("none", default), ("iothub-ack", "full"), ("t", AmqpValue.Timestamp(1))));
        body(writer);
    });
}
