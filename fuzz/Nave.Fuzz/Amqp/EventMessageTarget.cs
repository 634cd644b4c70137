using Nave.Amqp;
using Nave.Api;
using Nave.Server.Amqp;

namespace Nave.Fuzz.Amqp;

/// <summary>Events of devices as they come over AMQP.</summary>
internal sealed class EventMessageTarget() : AmqpCodecTarget("amqp-event", [Seed(writer => writer.Data("body"u8)), Seed(writer => writer.Body("text"))])
{
    private readonly EventPropertiesWriter _properties = new();

    public override IReadOnlyList<byte[]> Words { get; } = [.. Codes, .. Texts("iothub-creation-time-utc", "dt-subject", "iothub-interface-id", "Diagnostic-Id")];

    /// <inheritdoc/>
    protected override void Decode(byte[] input)
    {
        _properties.Clear();
        var message = AmqpMessage.Parse(input);
        MessageReader.ReadProperties(message, _properties);
        var properties = _properties.ToProperties();
        Check(properties.Count() == _properties.Count && properties.ContentBytes == _properties.ContentBytes, "properties are read as they were written");
        _ = MessageReader.TryReadBody(message, out _);
    }

    private static byte[] Seed(Action<AmqpWriter> body) => Write(writer =>
    {
        var annotations = writer.BeginMessageAnnotations();
        writer.Symbol("iothub-interface-id"u8);
        writer.Value("i");
        writer.End(annotations, 2);
        writer.Properties(new AmqpPropertiesFields { MessageId = "m1", CorrelationId = Guid.Empty, UserId = "u"u8, ContentType = "a/b"u8, AbsoluteExpiryTime = 1 });
        writer.ApplicationProperties(AmqpMap.Fields(("a", "b"), ("n", 1), ("none", default), ("iothub-creation-time-utc", AmqpValue.Timestamp(1)), ("u", Guid.Empty), ("d", 1.5)));
        body(writer);
    });
}
