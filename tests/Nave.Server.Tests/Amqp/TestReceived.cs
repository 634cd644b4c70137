using System.Text;
using Nave.Amqp;

namespace Nave.Server.Tests.Amqp;

/// <summary>A message that came.</summary>
internal sealed class TestReceived(AmqpReceiverLink link, in AmqpDelivery delivery)
{
    private readonly byte[] _payload = delivery.Payload.ToArray();

    public AmqpReceiverLink Link => link;

    public uint Id { get; } = delivery.Id;

    public byte[] Tag { get; } = delivery.Tag.ToArray();

    public bool IsSettled { get; } = delivery.IsSettled;

    public ReadOnlySpan<byte> Payload => _payload;

    public AmqpMap Application => Copy(AmqpMessage.Parse(_payload).ApplicationProperties);

    public AmqpMap Annotations => Copy(AmqpMessage.Parse(_payload).MessageAnnotations);

    public AmqpValue CorrelationId => AmqpMessage.Parse(_payload).Properties.CorrelationId.ToValue();

    public AmqpValue MessageId => AmqpMessage.Parse(_payload).Properties.MessageId.ToValue();

    public string Body => Encoding.UTF8.GetString(AmqpMessage.Parse(_payload).Data);

    public AmqpValue Value => AmqpMessage.Parse(_payload).Value.ToValue();

    private static AmqpMap Copy(AmqpMapView view)
    {
        var map = new AmqpMap();
        while (view.TryNext(out var key, out var value))
        {
            map.Add(key.ToValue(), value.ToValue());
        }

        return map;
    }
}
