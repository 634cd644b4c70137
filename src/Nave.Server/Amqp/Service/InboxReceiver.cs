using System.Text;
using Microsoft.Extensions.Logging;
using Nave.Amqp;
using Nave.Hub;
using Nave.Hub.Commands;

namespace Nave.Server.Amqp.Service;

/// <summary>
/// A service that receives feedback or file notifications: each message is locked for it until it is settled, the lock lapses, or the
/// link goes. Guarded by the peer's turn.
/// </summary>
internal sealed partial class InboxReceiver : IAmqpSenderHandler, IPeerWork
{
    // SDKs make the tag their lock token, and read it as a GUID (wire facts 5.2.12).
    private const int TagBytes = 16;

    private readonly AmqpPeer _peer;
    private readonly AmqpSenderLink _link;
    private readonly InboxFormat _format;
    private readonly ServiceInbox _inbox;
    private readonly byte[] _hubName;
    private IDisposable? _observation;
    private bool _isReceiving;
    private bool _isCalled;
    private bool _isClosed;

    public InboxReceiver(LinkRequest request, InboxFormat format, IotHub hub)
    {
        _peer = request.Peer;
        _link = request.Sender!; // The endpoint has looked: the peer receives.
        _format = format;
        _inbox = format.InboxOf(hub);
        _hubName = Encoding.UTF8.GetBytes(hub.Name);
    }

    /// <summary>Accepts the link and begins to serve it.</summary>
    public void Start(LinkRequest request, AmqpAcceptOptions options)
    {
        if (request.Accept(this, options))
        {
            _observation = _inbox.Observe(() => _peer.Post(this));
        }
    }

    /// <inheritdoc/>
    public void OnCredit(AmqpSenderLink link) => Pump();

    /// <inheritdoc/>
    public void OnDrain(AmqpSenderLink link)
    {
        if (link.Credit > 0)
        {
            Pump();
        }
        else
        {
            link.Drained();
        }
    }

    /// <inheritdoc/>
    void IPeerWork.Run() => Pump();

    /// <inheritdoc/>
    public void OnOutcome(AmqpSenderLink link, uint deliveryId, object? state, AmqpOutcome outcome, bool settled)
    {
        if (state is Guid token)
        {
            _ = SettleAsync(deliveryId, token, outcome, settled);
        }
    }

    /// <inheritdoc/>
    public void OnDetached(AmqpLink link, AmqpError? reason)
    {
        _isClosed = true;
        _observation?.Dispose();
    }

    private void Pump()
    {
        if (_isClosed)
        {
            return;
        }

        if (_isReceiving)
        {
            // Something may have come after it was looked for.
            _isCalled = true;
        }
        else if (_peer.MaySend(_link))
        {
            _isReceiving = true;
            _isCalled = false;
            _ = ReceiveAsync();
        }
    }

    private async Task ReceiveAsync()
    {
        await Task.Yield(); // The store is not read in a turn.
        LockedRecords? held = null;
        AmqpError? failure = null;
        try
        {
            held = await _inbox.ReceiveAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            failure = ErrorOf(exception);
        }

        using (_peer.Enter())
        {
            _isReceiving = false;
            if (failure is not null)
            {
                _link.Detach(failure);
                return;
            }

            if (held is null)
            {
                if (_isCalled)
                {
                    Pump();
                }
                else if (_link.IsDraining)
                {
                    _link.Drained();
                }

                return;
            }

            if (_isClosed || !TrySend(held))
            {
                _inbox.Release(held.LockToken);
                return;
            }

            Pump();
            if (_link.IsDraining && _link.Credit == 0)
            {
                _link.Drained();
            }
        }
    }

    private bool TrySend(LockedRecords held)
    {
        var writer = MessageScratch.Writer;
        writer.Header(new AmqpHeader { DeliveryCount = (uint)held.DeliveryCount });
        var annotations = writer.BeginMessageAnnotations();
        writer.Symbol("iothub-enqueuedtime"u8);
        writer.Timestamp(held.Enqueued.ToUnixTimeMilliseconds());
        writer.Symbol("iothub-deliverycount"u8);
        writer.Int(held.DeliveryCount);
        writer.End(annotations, 4);
        writer.Properties(new AmqpPropertiesFields { UserId = _hubName, ContentType = Encoding.ASCII.GetBytes(_format.ContentType) });
        writer.Data(_format.BodyOf(held).Span);
        Span<byte> tag = stackalloc byte[TagBytes];
        held.LockToken.TryWriteBytes(tag);
        var isSettled = _link.SenderSettleMode == AmqpSenderSettleMode.Settled;
        if (!MessageSize.Fits(_link, writer.Length) || !_link.TrySend(writer.Written, tag, isSettled, out _, held.LockToken))
        {
            return false;
        }

        // Who wants no say in it has it once it is sent.
        if (isSettled)
        {
            _ = SettleAsync(null, held.LockToken, AmqpOutcome.Accepted, settled: true);
        }

        return true;
    }

    private async Task SettleAsync(uint? deliveryId, Guid token, AmqpOutcome outcome, bool settled)
    {
        await Task.Yield();
        var result = outcome;
        try
        {
            var done = outcome.Kind switch
            {
                AmqpOutcomeKind.Accepted => await _inbox.CompleteAsync(token, CancellationToken.None),
                AmqpOutcomeKind.Rejected => await _inbox.RejectAsync(token, CancellationToken.None),
                AmqpOutcomeKind.Released or AmqpOutcomeKind.Modified => await _inbox.AbandonAsync(token, CancellationToken.None),
                _ => GiveBack(token),
            };
            result = done.IsSuccess ? outcome : AmqpOutcome.Rejected(AmqpErrors.Of(done.Error));
        }
        catch (Exception exception)
        {
            // Still locked: it comes again when the lock lapses.
            result = AmqpOutcome.Rejected(ErrorOf(exception));
        }

        if (!settled && deliveryId is { } id)
        {
            using (_peer.Enter())
            {
                _link.Settle(id, result);
            }
        }
    }

    private HubResult<bool> GiveBack(Guid token)
    {
        _inbox.Release(token);
        return true;
    }

    private AmqpError ErrorOf(Exception exception)
    {
        if (exception is IOException)
        {
            return new AmqpError(AmqpCondition.DetachForced, "The hub cannot reach its store now; try again later.");
        }

        Log.Failed(_peer.Context.Logger, _format.ContentType, exception);
        return new AmqpError(AmqpCondition.InternalError, "The hub failed.");
    }

    private static partial class Log
    {
        [LoggerMessage(70, LogLevel.Error, "Messages of type {ContentType} could not be served.")]
        public static partial void Failed(ILogger logger, string contentType, Exception exception);
    }
}
