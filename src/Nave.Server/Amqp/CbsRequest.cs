using Nave.Amqp;

namespace Nave.Server.Amqp;

/// <summary>A request to <c>$cbs</c>.</summary>
/// <param name="DeliveryId">Its delivery, or <see langword="null"/> if it came settled.</param>
/// <param name="MessageId">What the reply has to name, of the same type.</param>
/// <param name="Operation">What is wanted.</param>
/// <param name="Token">The token; secret. <see langword="null"/> if the body is something else.</param>
internal sealed record CbsRequest(uint? DeliveryId, AmqpValue MessageId, string? Operation, string? Token)
{
    /// <summary>Reads a message.</summary>
    /// <exception cref="AmqpProtocolException">It is malformed.</exception>
    public static CbsRequest Parse(in AmqpDelivery delivery)
    {
        var message = AmqpMessage.Parse(delivery.Payload);
        var operation = message.ApplicationProperties.TryGet("operation"u8, out var name) && name.IsText ? name.AsText() : null;
        var token = message is { BodyKind: AmqpBodyKind.Value, Value.IsText: true } ? message.Value.AsText() : null;
        return new CbsRequest(delivery.IsSettled ? null : delivery.Id, message.Properties.MessageId.ToValue(), operation, token);
    }

    /// <summary>Says what is wanted, never the token.</summary>
    public override string ToString() => $"{Operation} {MessageId}";
}
