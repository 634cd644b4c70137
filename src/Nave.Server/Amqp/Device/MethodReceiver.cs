using Nave.Amqp;

namespace Nave.Server.Amqp.Device;

/// <summary>Takes a device's answers to direct methods. Source: wire facts 6.10.</summary>
internal sealed class MethodReceiver(DevicePeer device) : IAmqpReceiverHandler
{
    /// <summary>Gets the terms: an answer has at most 128 KiB, and as many as may be under way are taken.</summary>
    public static AmqpAcceptOptions Options { get; } = new() { MaxMessageSize = 192 * 1024, Credit = 64 };

    /// <inheritdoc/>
    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        AmqpOutcome outcome;
        try
        {
            outcome = Take(delivery.Payload);
        }
        catch (AmqpProtocolException exception)
        {
            outcome = AmqpOutcome.Rejected(exception.ToError());
        }

        if (!delivery.IsSettled)
        {
            link.Settle(delivery.Id, outcome);
        }
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error) => device.Detached(link);

    private static bool TryReadCorrelation(AmqpView id, out Guid correlation)
    {
        switch (id.Type)
        {
            case AmqpType.Uuid:
                correlation = id.AsUuid();
                return true;
            case AmqpType.String:
                return Guid.TryParse(id.AsText(), out correlation);
            case AmqpType.Binary when id.AsBinary().Length == 16:
                correlation = new Guid(id.AsBinary(), bigEndian: true);
                return true;
            default:
                correlation = default;
                return false;
        }
    }

    // An answer that nobody waits for any more is taken, and has no effect.
    private AmqpOutcome Take(ReadOnlySpan<byte> payload)
    {
        var message = AmqpMessage.Parse(payload);
        if (!TryReadCorrelation(message.Properties.CorrelationId, out var correlation))
        {
            return Invalid("The answer has no correlation-id that is a uuid.");
        }

        if (!message.ApplicationProperties.TryGet("IoThub-status"u8, out var status) || !status.TryGetInteger(out var number) || number is < int.MinValue or > int.MaxValue)
        {
            return Invalid("The answer has no property IoThub-status that is an int.");
        }

        if (!MessageReader.TryReadBody(message, out var body))
        {
            return Invalid("The answer's body must be data.");
        }

        if (device.Session is { IsOpen: true } session && device.Methods is { } methods && methods.TryTake(correlation, out var requestId))
        {
            session.Touch();
            device.Hub.Methods.Complete(session, requestId, (int)number, body);
        }

        return AmqpOutcome.Accepted;
    }

    private static AmqpOutcome Invalid(string problem) => AmqpOutcome.Rejected(new AmqpError(AmqpErrors.ArgumentError, problem));
}
