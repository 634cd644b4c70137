using Nave.Amqp;

namespace Nave.Client.Tests.Fakes;

/// <summary>The server's side of <c>$cbs</c> or <c>$management</c>: a receiver of requests and a sender of answers.</summary>
internal sealed class FakeReplies(Func<AmqpMap, string?, (int Status, AmqpMap? Body)> answer) : IAmqpReceiverHandler, IAmqpSenderHandler
{
    private readonly Queue<byte[]> _answers = new();
    private readonly AmqpWriter _writer = new();

    public AmqpSenderLink? Sender { get; set; }

    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        var request = AmqpMessage.Parse(delivery.Payload);
        var properties = new AmqpMap();
        var map = request.ApplicationProperties;
        while (map.TryNext(out var key, out var value))
        {
            properties.Add(key.ToValue(), value.ToValue());
        }

        var (status, body) = answer(properties, request.Value.IsText ? request.Value.AsText() : null);
        _writer.Clear();
        _writer.Properties(new AmqpPropertiesFields { CorrelationId = request.Properties.MessageId.ToValue() });
        _writer.ApplicationProperties(AmqpMap.Strings(("status-code", status), ("status-description", status == 200 ? "OK" : "no")));
        _writer.Body(body);
        _answers.Enqueue(_writer.Written.ToArray());
        link.Settle(delivery.Id, AmqpOutcome.Accepted);
        Send();
    }

    public void OnCredit(AmqpSenderLink link) => Send();

    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        // The client has what it wanted.
    }

    private void Send()
    {
        while (Sender is { } sender && _answers.TryPeek(out var message) && sender.TrySend(message, "1"u8, settled: true, out _))
        {
            _answers.Dequeue();
        }
    }
}
