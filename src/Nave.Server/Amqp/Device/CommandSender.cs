using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Commands;
using Nave.Storage;

namespace Nave.Server.Amqp.Device;

/// <summary>
/// Brings cloud-to-device messages to one link: takes them from the device's queue as long as the peer gives credit, and completes, rejects or
/// gives them back as it says. The delivery tag is the lock token (wire facts 5.2.12).
/// </summary>
internal sealed partial class CommandSender(DevicePeer device, AmqpSenderLink link) : IAmqpSenderHandler, IThreadPoolWorkItem
{
    // No queue is longer (wire facts 16.4), so a larger window would not be used.
    private const int Window = 50;

    private const int Idle = 0;
    private const int Running = 1;
    private const int Again = 2;

    private int _work;
    private int _unsettled;
    private bool _gone;

    private IotHub Hub => device.Hub;

    private bool IsSettled => link.SenderSettleMode == AmqpSenderSettleMode.Settled;

    /// <summary>Looks for messages, now or as soon as the present look is over.</summary>
    public void Offer()
    {
        while (true)
        {
            var work = Volatile.Read(ref _work);
            var next = work == Idle ? Running : Again;
            if (Interlocked.CompareExchange(ref _work, next, work) == work)
            {
                if (work == Idle)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                }

                return;
            }
        }
    }

    /// <summary>Ends the link because a newer one has taken its place. In the peer's turn.</summary>
    public void Steal() => link.Detach(new AmqpError(AmqpCondition.LinkStolen, "A newer receiver of this device has taken over."));

    /// <inheritdoc/>
    public void OnCredit(AmqpSenderLink link) => Offer();

    /// <inheritdoc/>
    public void OnOutcome(AmqpSenderLink link, uint deliveryId, object? state, AmqpOutcome outcome, bool settled)
    {
        var lockToken = (Guid)state!; // Given to TrySend below.
        device.Session!.Touch();
        _ = SettleAsync(deliveryId, lockToken, outcome, settled);
    }

    /// <inheritdoc/>
    /// <remarks>The credit may have come with the drain: the queue is looked at first, and the rest is given back when nothing is left.</remarks>
    public void OnDrain(AmqpSenderLink link) => Offer();

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? error)
    {
        _gone = true;
        device.Ended(this);
        device.Detached(link);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = PumpAsync();

    private async Task PumpAsync()
    {
        try
        {
            do
            {
                Volatile.Write(ref _work, Running);
                while (MaySend() && await Hub.CloudToDevice.ReceiveAsync(device.Id, device.Session, null, CancellationToken.None) is { } message)
                {
                    await DeliverAsync(message);
                }

                GiveBack();
            }
            while (Interlocked.CompareExchange(ref _work, Idle, Running) != Running);
        }
        catch (StorageUnavailableException)
        {
            // The next message, outcome or link looks again.
            Volatile.Write(ref _work, Idle);
        }
        catch (Exception exception)
        {
            Log.PumpFailed(device.Peer.Context.Logger, device.Id, exception);
            Volatile.Write(ref _work, Idle);
            using (device.Peer.Enter())
            {
                link.Detach(new AmqpError(AmqpCondition.InternalError, "The hub failed."));
            }
        }
    }

    private bool MaySend()
    {
        using (device.Peer.Enter())
        {
            return !_gone && device.Session is { IsOpen: true } && _unsettled < Window && device.Peer.MaySend(link);
        }
    }

    private void GiveBack()
    {
        using (device.Peer.Enter())
        {
            if (!_gone && link.IsDraining)
            {
                link.Drained();
            }
        }
    }

    private async ValueTask DeliverAsync(LockedMessage message)
    {
        bool sent, complete, isTooLarge;
        using (device.Peer.Enter())
        {
            var writer = MessageScratch.Writer;
            CommandMessage.Write(writer, message, device.Id);
            Span<byte> tag = stackalloc byte[16];
            message.LockToken.TryWriteBytes(tag);
            complete = IsSettled;

            // The body alone: C's devices say 65,536, which is the largest body, and take what is around it.
            isTooLarge = !_gone && !MessageSize.Fits(link, message.Message.Body.Length);
            sent = !_gone && !isTooLarge && link.TrySend(writer.Written, tag, complete, out _, message.LockToken);
            if (sent && !complete)
            {
                _unsettled++;
            }
        }

        if (isTooLarge)
        {
            // Counts as a delivery: it must not be in the way of the others for ever.
            await Hub.CloudToDevice.AbandonAsync(device.Id, message.LockToken, CancellationToken.None);
        }
        else if (!sent)
        {
            Hub.CloudToDevice.Release(device.Id, message.LockToken);
        }
        else if (complete)
        {
            await Hub.CloudToDevice.CompleteAsync(device.Id, message.LockToken, CancellationToken.None);
        }
    }

    private async Task SettleAsync(uint deliveryId, Guid lockToken, AmqpOutcome outcome, bool settled)
    {
        // The peer's turn ends first: what follows may take others' locks.
        await Task.Yield();
        var error = await CarryOutAsync(lockToken, outcome);
        using (device.Peer.Enter())
        {
            _unsettled--;
            if (!settled)
            {
                // The receiver settles second: it waits for this (wire facts 5.2.11).
                link.Settle(deliveryId, error is null ? outcome : AmqpOutcome.Rejected(AmqpErrors.Of(error)));
            }
        }

        Offer();
    }

    private async ValueTask<HubError?> CarryOutAsync(Guid lockToken, AmqpOutcome outcome)
    {
        try
        {
            switch (outcome.Kind)
            {
                case AmqpOutcomeKind.Accepted:
                    return (await Hub.CloudToDevice.CompleteAsync(device.Id, lockToken, CancellationToken.None)).Error;
                case AmqpOutcomeKind.Rejected:
                    return (await Hub.CloudToDevice.RejectAsync(device.Id, lockToken, CancellationToken.None)).Error;
                case AmqpOutcomeKind.Released or AmqpOutcomeKind.Modified:
                    return (await Hub.CloudToDevice.AbandonAsync(device.Id, lockToken, CancellationToken.None)).Error;
                default:
                    // Nothing was said of it: the link or the connection is gone. It counts as not delivered.
                    Hub.CloudToDevice.Release(device.Id, lockToken);
                    return null;
            }
        }
        catch (StorageUnavailableException)
        {
            return new HubError(HubErrorCode.ServiceUnavailable, "The hub cannot store this now; the message is still locked.");
        }
        catch (Exception exception)
        {
            Log.PumpFailed(device.Peer.Context.Logger, device.Id, exception);
            return new HubError(HubErrorCode.ServerError, "The hub failed.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Error, "Messages to {Id} cannot be delivered.")]
        public static partial void PumpFailed(ILogger logger, IdentityId id, Exception exception);
    }
}
