using Nave.Amqp;

namespace Nave.Server.Amqp.Device;

/// <summary>Takes a device's twin requests.</summary>
internal sealed class TwinReceiver(DevicePeer device, TwinWork work, LinkRequest request) : IAmqpReceiverHandler
{
    private readonly string _channel = TwinAnswers.ChannelOf(request);

    /// <summary>Gets the terms: a patch has at most 32 KiB of values, and twice as much in JSON.</summary>
    public static AmqpAcceptOptions Options { get; } = new() { MaxMessageSize = 256 * 1024, Credit = 64 };

    /// <inheritdoc/>
    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        var outcome = AmqpOutcome.Accepted;
        try
        {
            var message = TwinMessage.Parse(delivery.Payload, _channel);
            if (device.Session is { IsOpen: true } session)
            {
                session.Touch();
                work.Add(message);
            }
        }
        catch (AmqpProtocolException exception)
        {
            outcome = AmqpOutcome.Rejected(exception.ToError());
        }

        // Taken; the answer is a message of its own.
        if (!delivery.IsSettled)
        {
            link.Settle(delivery.Id, outcome);
        }
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error) => device.Detached(link);
}
