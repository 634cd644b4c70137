using System.Security.Cryptography;
using Nave.Amqp;

namespace Nave.Client;

/// <summary>A link that brings messages to a peer, each with its outcome. What the peer has no credit for yet waits in order, as long as its sender does.</summary>
internal sealed class AmqpSendLink : IAmqpSenderHandler
{
    private readonly AmqpPeer _peer;
    private readonly string _address;
    private readonly Queue<(byte[] Message, TaskCompletionSource<AmqpOutcome> Outcome)> _unsent = new();
    private readonly HashSet<TaskCompletionSource<AmqpOutcome>> _waiting = [];
    private readonly AmqpSenderLink _link;
    private AmqpPeerException? _fault;

    private AmqpSendLink(AmqpPeer peer, string address)
    {
        _peer = peer;
        _address = address;
        var name = Guid.NewGuid().ToString("N");
        _link = peer.Engine.Begin().AttachSender(
            new AmqpAttach
            {
                Name = name,
                Source = new AmqpSource { Address = name },
                Target = new AmqpTarget { Address = address },
                SenderSettleMode = AmqpSenderSettleMode.Unsettled,
            },
            this);
    }

    /// <summary>Gets a value indicating whether messages can still be sent.</summary>
    public bool IsOpen => _fault is null;

    /// <summary>Attaches a link; messages may be sent at once and leave when the peer takes them.</summary>
    /// <exception cref="AmqpPeerException">The connection is over.</exception>
    public static AmqpSendLink Attach(AmqpPeer peer, string address)
    {
        lock (peer.Gate)
        {
            try
            {
                var link = new AmqpSendLink(peer, address);
                peer.Flush();
                return link;
            }
            catch (InvalidOperationException e)
            {
                throw peer.Fault ?? new AmqpPeerException(AmqpPeerError.NotConnected, e.Message, inner: e);
            }
        }
    }

    /// <summary>Sends a message and waits for its outcome.</summary>
    /// <param name="message">Encoded.</param>
    /// <param name="cancellationToken">Ends the wait; a message that has left is not called back.</param>
    /// <exception cref="AmqpPeerException">The link ended, or there was no outcome in time: the message may have been taken.</exception>
    public async Task<AmqpOutcome> SendAsync(byte[] message, CancellationToken cancellationToken)
    {
        var outcome = new TaskCompletionSource<AmqpOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_peer.Gate)
        {
            if (_fault is not null)
            {
                throw _fault;
            }

            _waiting.Add(outcome);
            _unsent.Enqueue((message, outcome));
            SendWaiting();
            _peer.Flush();
        }

        try
        {
            return await outcome.Task.WaitAsync(_peer.OperationTimeout, _peer.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AmqpPeerException(AmqpPeerError.TimedOut, $"{_peer.HostName} did not settle a message to {_address} within {_peer.OperationTimeout}.");
        }
        finally
        {
            lock (_peer.Gate)
            {
                _waiting.Remove(outcome);
            }
        }
    }

    void IAmqpSenderHandler.OnCredit(AmqpSenderLink link) => SendWaiting();

    void IAmqpSenderHandler.OnOutcome(AmqpSenderLink link, uint deliveryId, object? state, AmqpOutcome outcome, bool settled)
    {
        if (!settled)
        {
            link.Settle(deliveryId, outcome);
        }

        // Of those that the end of the link leaves unsettled its reason is told.
        if (outcome.Kind != AmqpOutcomeKind.Unknown && state is TaskCompletionSource<AmqpOutcome> waiting)
        {
            waiting.TrySetResult(outcome);
        }
    }

    void IAmqpLinkHandler.OnDetached(AmqpLink link, AmqpError? error)
    {
        _fault ??= _peer.Fault ?? (error is null
            ? new AmqpPeerException(AmqpPeerError.NotConnected, $"{_peer.HostName} detached {_address}.")
            : AmqpFailure.Of(error, $"{_peer.HostName} detached {_address}"));
        foreach (var outcome in _waiting)
        {
            outcome.TrySetException(_fault);
        }

        _unsent.Clear();
        if (link.Session.IsOpen)
        {
            link.Session.End();
        }
    }

    // The gate is held.
    private void SendWaiting()
    {
        while (_unsent.TryPeek(out var next))
        {
            if (_waiting.Contains(next.Outcome))
            {
                if (!_link.TrySend(next.Message, RandomNumberGenerator.GetBytes(16), settled: false, out _, next.Outcome))
                {
                    return;
                }
            }

            // Sent, or nobody waits for it any more.
            _unsent.Dequeue();
        }
    }
}
