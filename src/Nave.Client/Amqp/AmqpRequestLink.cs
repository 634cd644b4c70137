using System.Globalization;
using System.Text;
using Nave.Amqp;

namespace Nave.Client;

/// <summary>
/// A pair of links over which requests are answered: <c>$cbs</c> and <c>$management</c>. Each request has a number of its own, by which its answer
/// is known. Source: wire facts 5.3, 8.4.
/// </summary>
internal sealed class AmqpRequestLink : IAmqpSenderHandler, IAmqpReceiverHandler
{
    // Answers are small and come one by one.
    private const int Credit = 20;

    private readonly AmqpPeer _peer;
    private readonly string _address;
    private readonly byte[] _replyTo;
    private readonly Dictionary<string, TaskCompletionSource<AmqpReply>> _waiting = [];
    private readonly Queue<(string Id, byte[] Message)> _unsent = new();
    private readonly AmqpWriter _writer = new();
    private readonly AmqpSession _session;
    private readonly AmqpSenderLink _sender;
    private AmqpPeerException? _fault;
    private long _lastId;

    private AmqpRequestLink(AmqpPeer peer, string address)
    {
        _peer = peer;
        _address = address;
        var client = $"{address}-{Guid.NewGuid():N}";
        _replyTo = Encoding.ASCII.GetBytes(client);
        _session = peer.Engine.Begin();
        _session.AttachReceiver(
            new AmqpAttach { Name = client + "-in", Source = new AmqpSource { Address = address }, Target = new AmqpTarget { Address = client } }, this, Credit);
        _sender = _session.AttachSender(
            new AmqpAttach { Name = client + "-out", Source = new AmqpSource { Address = client }, Target = new AmqpTarget { Address = address } }, this);
    }

    /// <summary>Gets a value indicating whether requests can still be made.</summary>
    public bool IsOpen => _fault is null;

    /// <summary>Attaches the links; requests may be made at once and leave when the peer takes them.</summary>
    /// <exception cref="AmqpPeerException">The connection is over.</exception>
    public static AmqpRequestLink Attach(AmqpPeer peer, string address)
    {
        lock (peer.Gate)
        {
            AmqpRequestLink link;
            try
            {
                link = new AmqpRequestLink(peer, address);
            }
            catch (InvalidOperationException e)
            {
                throw peer.Fault ?? new AmqpPeerException(AmqpPeerError.NotConnected, e.Message, inner: e);
            }

            peer.Flush();
            return link;
        }
    }

    /// <summary>Makes a request.</summary>
    /// <param name="properties">The application properties.</param>
    /// <param name="body">The body.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AmqpPeerException">The links or the connection ended, or there was no answer in time.</exception>
    public async Task<AmqpReply> SendAsync(AmqpMap properties, AmqpValue body, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<AmqpReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        string id;
        lock (_peer.Gate)
        {
            if (_fault is not null)
            {
                throw _fault;
            }

            id = (++_lastId).ToString(CultureInfo.InvariantCulture);
            _writer.Clear();
            _writer.Properties(new AmqpPropertiesFields { MessageId = id, ReplyTo = _replyTo });
            _writer.ApplicationProperties(properties);
            _writer.Body(body);
            _waiting.Add(id, answer);
            _unsent.Enqueue((id, _writer.Written.ToArray()));
            SendWaiting();
            _peer.Flush();
        }

        try
        {
            return await answer.Task.WaitAsync(_peer.OperationTimeout, _peer.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AmqpPeerException(AmqpPeerError.TimedOut, $"{_peer.HostName} did not answer a request to {_address} within {_peer.OperationTimeout}.");
        }
        finally
        {
            lock (_peer.Gate)
            {
                _waiting.Remove(id);
            }
        }
    }

    void IAmqpSenderHandler.OnCredit(AmqpSenderLink link) => SendWaiting();

    void IAmqpSenderHandler.OnOutcome(AmqpSenderLink link, uint deliveryId, object? state, AmqpOutcome outcome, bool settled)
    {
        // An accepted request is answered with a message; one that is refused is not.
        if (outcome.Kind is AmqpOutcomeKind.Rejected or AmqpOutcomeKind.Released && state is string id && _waiting.TryGetValue(id, out var answer))
        {
            answer.TrySetException(outcome.Error is { } error
                ? AmqpFailure.Of(error, $"{_peer.HostName} refused a request to {_address}")
                : new AmqpPeerException(AmqpPeerError.Refused, $"{_peer.HostName} refused a request to {_address}."));
        }
    }

    void IAmqpReceiverHandler.OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        try
        {
            var message = AmqpMessage.Parse(delivery.Payload);
            var id = message.Properties.CorrelationId;
            if (id.IsText && _waiting.TryGetValue(id.AsText(), out var answer))
            {
                answer.TrySetResult(Read(message));
            }
        }
        catch (AmqpProtocolException e)
        {
            Fail(new AmqpPeerException(AmqpPeerError.Refused, $"An answer of {_peer.HostName} from {_address} cannot be read: {e.Message}", e.Condition, e));
        }

        if (!delivery.IsSettled)
        {
            link.Settle(delivery.Id, AmqpOutcome.Accepted);
        }
    }

    void IAmqpLinkHandler.OnDetached(AmqpLink link, AmqpError? error) => Fail(_peer.Fault ?? (error is null
        ? new AmqpPeerException(AmqpPeerError.NotConnected, $"{_peer.HostName} detached {_address}.")
        : AmqpFailure.Of(error, $"{_peer.HostName} detached {_address}")));

    private static AmqpReply Read(in AmqpMessage message)
    {
        var properties = message.ApplicationProperties;

        // Both spellings are seen (wire facts 8.4.3).
        if (!properties.TryGet("status-code"u8, out var status) && !properties.TryGet("statusCode"u8, out status))
        {
            throw new AmqpProtocolException(AmqpCondition.InvalidField, "It has no status-code.");
        }

        string? text = null;
        if ((properties.TryGet("status-description"u8, out var description) || properties.TryGet("statusDescription"u8, out description)) && description.IsText)
        {
            text = description.AsText();
        }

        return status.TryGetInteger(out var code)
            ? new AmqpReply((int)Math.Clamp(code, 0, 999), text, message.BodyKind == AmqpBodyKind.Value ? message.Value.ToValue() : default)
            : throw new AmqpProtocolException(AmqpCondition.InvalidField, "Its status-code is no integer.");
    }

    // The gate is held.
    private void SendWaiting()
    {
        while (_unsent.TryPeek(out var next))
        {
            if (!_waiting.ContainsKey(next.Id))
            {
                // Nobody waits for it any more.
                _unsent.Dequeue();
                continue;
            }

            if (!_sender.TrySend(next.Message, Encoding.ASCII.GetBytes(next.Id), settled: false, out _, next.Id))
            {
                return;
            }

            _unsent.Dequeue();
        }
    }

    private void Fail(AmqpPeerException reason)
    {
        if (_fault is not null)
        {
            return;
        }

        _fault = reason;
        foreach (var answer in _waiting.Values)
        {
            answer.TrySetException(reason);
        }

        _unsent.Clear();

        // The other link of the pair is of no use alone.
        if (_session.IsOpen)
        {
            _session.End();
        }
    }
}
