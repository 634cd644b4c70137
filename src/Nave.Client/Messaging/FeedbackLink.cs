using System.Text.Json;
using System.Threading.Channels;
using Nave.Amqp;

namespace Nave.Client;

/// <summary>The link over which feedback comes. The receiver settles second, so that a batch that is completed is known to be gone. Source: wire facts 7.2.</summary>
internal sealed class FeedbackLink : IAmqpReceiverHandler
{
    private const string Address = "/messages/serviceBound/feedback";

    // Batches of 64 records: a few ahead are plenty.
    private const int Credit = 5;

    private readonly AmqpPeer _peer;
    private readonly Channel<FeedbackBatch> _batches = Channel.CreateBounded<FeedbackBatch>(Credit);
    private readonly Dictionary<uint, TaskCompletionSource> _settling = [];
    private AmqpReceiverLink? _link;
    private AmqpPeerException? _fault;

    private FeedbackLink(AmqpPeer peer) => _peer = peer;

    /// <summary>Gets the batches as they come; its end has the reason.</summary>
    public ChannelReader<FeedbackBatch> Batches => _batches.Reader;

    /// <exception cref="AmqpPeerException">The connection is over.</exception>
    public static FeedbackLink Attach(AmqpPeer peer)
    {
        var feedback = new FeedbackLink(peer);
        lock (peer.Gate)
        {
            try
            {
                var name = Guid.NewGuid().ToString("N");
                feedback._link = peer.Engine.Begin().AttachReceiver(
                    new AmqpAttach
                    {
                        Name = name,
                        Source = new AmqpSource { Address = Address },
                        Target = new AmqpTarget { Address = name },
                        ReceiverSettleMode = AmqpReceiverSettleMode.Second,
                    },
                    feedback,
                    Credit);
                peer.Flush();
            }
            catch (InvalidOperationException e)
            {
                throw peer.Fault ?? new AmqpPeerException(AmqpPeerError.NotConnected, e.Message, inner: e);
            }
        }

        return feedback;
    }

    /// <summary>Detaches; what was not completed comes again.</summary>
    public void Detach()
    {
        lock (_peer.Gate)
        {
            if (_link is { Session.IsOpen: true } link)
            {
                link.Session.End();
                _peer.Flush();
            }
        }
    }

    void IAmqpReceiverHandler.OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        var id = delivery.Id;
        try
        {
            var message = AmqpMessage.Parse(delivery.Payload);
            var made = message.MessageAnnotations.TryGet("iothub-enqueuedtime"u8, out var time) && time.Type == AmqpType.Timestamp
                ? DateTimeOffset.FromUnixTimeMilliseconds(time.AsTimestamp())
                : _peer.Time.GetUtcNow();
            var records = JsonSerializer.Deserialize(message.Data, FeedbackJson.Default.FeedbackRecordArray) ?? [];
            var batch = new FeedbackBatch(made, records, (outcome, cancellationToken) => SettleAsync(id, outcome, cancellationToken));

            // Credit comes back when a batch is settled, so there is always room.
            if (!_batches.Writer.TryWrite(batch))
            {
                link.Settle(id, AmqpOutcome.Released);
            }
        }
        catch (Exception e) when (e is AmqpProtocolException or JsonException or ArgumentOutOfRangeException)
        {
            link.Settle(id, AmqpOutcome.Rejected(new AmqpError(AmqpCondition.DecodeError, "The feedback cannot be read.")));
        }
    }

    void IAmqpReceiverHandler.OnSettled(AmqpReceiverLink link, uint deliveryId, AmqpOutcome outcome)
    {
        if (_settling.Remove(deliveryId, out var settled))
        {
            settled.TrySetResult();
        }
    }

    void IAmqpLinkHandler.OnDetached(AmqpLink link, AmqpError? error)
    {
        _fault ??= _peer.Fault ?? (error is null
            ? new AmqpPeerException(AmqpPeerError.NotConnected, $"{_peer.HostName} detached {Address}.")
            : AmqpFailure.Of(error, $"{_peer.HostName} detached {Address}"));
        foreach (var settled in _settling.Values)
        {
            settled.TrySetException(_fault);
        }

        _settling.Clear();
        _batches.Writer.TryComplete(_fault);
        if (link.Session.IsOpen)
        {
            link.Session.End();
        }
    }

    private async Task SettleAsync(uint deliveryId, AmqpOutcome outcome, CancellationToken cancellationToken)
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_peer.Gate)
        {
            if (_fault is not null || _link is not { } link)
            {
                throw _fault ?? new AmqpPeerException(AmqpPeerError.NotConnected, $"There is no link to {Address}.");
            }

            if (!_settling.TryAdd(deliveryId, settled))
            {
                throw new InvalidOperationException("The batch is being completed or abandoned already.");
            }

            link.Settle(deliveryId, outcome);
            if (link.ReceiverSettleMode == AmqpReceiverSettleMode.First && _settling.Remove(deliveryId))
            {
                // The peer would not say.
                settled.TrySetResult();
            }

            _peer.Flush();
        }

        try
        {
            await settled.Task.WaitAsync(_peer.OperationTimeout, _peer.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AmqpPeerException(AmqpPeerError.TimedOut, $"{_peer.HostName} did not confirm within {_peer.OperationTimeout} what became of feedback.");
        }
    }
}
