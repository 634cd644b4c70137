using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Commands;

namespace Nave.Server.Amqp.Service;

/// <summary>
/// A service that sends to devices: each message is accepted once it is queued durably, or rejected with the reason (wire facts 7.1.3).
/// Guarded by the peer's turn.
/// </summary>
internal sealed partial class CloudToDeviceSender(AmqpPeer peer, AmqpReceiverLink link, IotHub hub) : IAmqpReceiverHandler
{
    /// <summary>How many messages of one link may be under way.</summary>
    public const int Credit = 200;

    // What was sent to whom last and is not queued yet: what is sent to one device stays in order.
    private readonly Dictionary<IdentityId, (long Number, Task Task)> _last = [];
    private long _number;
    private int _underWay;

    /// <inheritdoc/>
    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        HubError? error;
        try
        {
            if (_underWay >= Credit * 2)
            {
                // Only one who settles what he sends goes on without credit coming back.
                link.Detach(new AmqpError(AmqpCondition.ResourceLimitExceeded, "Too many messages are under way."));
                return;
            }

            if (CloudToDeviceReader.TryRead(delivery.Payload, out var id, out var message, out error))
            {
                _underWay++;
                var number = ++_number;
                _last[id] = (number, SendAsync(_last.GetValueOrDefault(id).Task, number, delivery.Id, id, message));
                return;
            }
        }
        catch (AmqpProtocolException exception)
        {
            link.Settle(delivery.Id, AmqpOutcome.Rejected(exception.ToError()));
            return;
        }

        link.Settle(delivery.Id, AmqpOutcome.Rejected(AmqpErrors.Of(error)));
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? reason)
    {
        // What is under way is queued all the same; nobody hears of it.
    }

    private async Task SendAsync(Task? before, long number, uint deliveryId, IdentityId id, CloudToDeviceMessage message)
    {
        await Task.Yield(); // The turn is not kept, and does not end before the caller has noted this task.
        if (before is not null)
        {
            await before;
        }

        AmqpOutcome outcome;
        try
        {
            var sent = await hub.CloudToDevice.SendAsync(id, message, CancellationToken.None);
            outcome = sent.IsSuccess ? AmqpOutcome.Accepted : AmqpOutcome.Rejected(AmqpErrors.Of(sent.Error));
        }
        catch (IOException)
        {
            outcome = AmqpOutcome.Rejected(new AmqpError(AmqpCondition.DetachForced, "The hub cannot store anything now; try again later."));
        }
        catch (Exception exception)
        {
            Log.Failed(peer.Context.Logger, exception);
            outcome = AmqpOutcome.Rejected(new AmqpError(AmqpCondition.InternalError, "The hub failed."));
        }

        using (peer.Enter())
        {
            _underWay--;
            if (_last.TryGetValue(id, out var last) && last.Number == number)
            {
                _last.Remove(id);
            }

            link.Settle(deliveryId, outcome);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(80, LogLevel.Error, "A cloud-to-device message could not be queued.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
