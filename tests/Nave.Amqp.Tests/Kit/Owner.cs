namespace Nave.Amqp.Tests;

/// <summary>An owner of a connection that accepts everything, and writes down what it is told.</summary>
internal sealed class Owner : IAmqpConnectionHandler, IAmqpSenderHandler, IAmqpReceiverHandler
{
    public List<string> Log { get; } = [];

    public List<Received> Deliveries { get; } = [];

    public List<Outcome> Outcomes { get; } = [];

    public List<AmqpSession> Sessions { get; } = [];

    public List<AmqpSenderLink> Senders { get; } = [];

    public List<AmqpReceiverLink> Receivers { get; } = [];

    public AmqpAcceptOptions AcceptOptions { get; set; } = AmqpAcceptOptions.Default;

    public Action<AmqpConnection, AmqpSaslInit> SaslInit { get; set; } = (connection, _) => connection.SaslOutcome(AmqpSaslCode.Ok);

    public Action<AmqpConnection, byte[]> SaslResponse { get; set; } = (connection, _) => connection.SaslOutcome(AmqpSaslCode.Ok);

    public Action<AmqpConnection, AmqpOpen> Open { get; set; } = (connection, _) => connection.Accept();

    public Action<AmqpLink>? Attach { get; set; }

    public Action<AmqpReceiverLink, Received> Delivery { get; set; } = (link, delivery) =>
    {
        if (!delivery.Settled)
        {
            link.Settle(delivery.Id, AmqpOutcome.Accepted);
        }
    };

    public Action<AmqpSenderLink>? Credit { get; set; }

    public Action<AmqpSenderLink>? Drain { get; set; }

    public Action<AmqpSenderLink, Outcome> Decided { get; set; } = (link, outcome) =>
    {
        if (!outcome.Settled)
        {
            link.Settle(outcome.Id, outcome.What);
        }
    };

    public AmqpError? CloseReason { get; private set; }

    public AmqpError? DetachReason { get; private set; }

    public int Count(string what) => Log.Count(entry => entry == what);

    void IAmqpConnectionHandler.OnSaslInit(AmqpConnection connection, AmqpSaslInit init)
    {
        Log.Add($"sasl {init.Mechanism}");
        SaslInit(connection, init);
    }

    void IAmqpConnectionHandler.OnSaslResponse(AmqpConnection connection, ReadOnlySpan<byte> response) => SaslResponse(connection, response.ToArray());

    void IAmqpConnectionHandler.OnOpen(AmqpConnection connection, AmqpOpen open)
    {
        Log.Add($"open {open.ContainerId}");
        if (connection.IsServer)
        {
            Open(connection, open);
        }
    }

    void IAmqpConnectionHandler.OnBegin(AmqpSession session)
    {
        Log.Add("begin");
        Sessions.Add(session);
    }

    void IAmqpConnectionHandler.OnEnd(AmqpSession session, AmqpError? reason) => Log.Add($"end {reason?.Condition}".Trim());

    void IAmqpConnectionHandler.OnAttach(AmqpSenderLink link)
    {
        Log.Add($"attach {link.Name}");
        Senders.Add(link);
        if (Attach is null)
        {
            link.Accept(this, AcceptOptions);
        }
        else
        {
            Attach(link);
        }
    }

    void IAmqpConnectionHandler.OnAttach(AmqpReceiverLink link)
    {
        Log.Add($"attach {link.Name}");
        Receivers.Add(link);
        if (Attach is null)
        {
            link.Accept(this, AcceptOptions);
        }
        else
        {
            Attach(link);
        }
    }

    void IAmqpConnectionHandler.OnClose(AmqpConnection connection, AmqpError? reason, bool byPeer)
    {
        Log.Add(byPeer ? "close by peer" : "close");
        CloseReason = reason;
    }

    void IAmqpLinkHandler.OnAttached(AmqpLink link) => Log.Add($"attached {link.Name}");

    void IAmqpLinkHandler.OnDetached(AmqpLink link, AmqpError? reason)
    {
        Log.Add($"detached {link.Name}");
        DetachReason = reason;
    }

    void IAmqpSenderHandler.OnCredit(AmqpSenderLink link) => Credit?.Invoke(link);

    void IAmqpSenderHandler.OnDrain(AmqpSenderLink link)
    {
        Log.Add("drain");
        if (Drain is null)
        {
            link.Drained();
        }
        else
        {
            Drain(link);
        }
    }

    void IAmqpSenderHandler.OnOutcome(AmqpSenderLink link, uint deliveryId, object? state, AmqpOutcome outcome, bool settled)
    {
        var decided = new Outcome(deliveryId, state, outcome, settled);
        Outcomes.Add(decided);
        Decided(link, decided);
    }

    void IAmqpReceiverHandler.OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        var received = new Received(link, delivery.Id, delivery.Tag.ToArray(), delivery.MessageFormat, delivery.IsSettled, delivery.Payload.ToArray());
        Deliveries.Add(received);
        Delivery(link, received);
    }

    void IAmqpReceiverHandler.OnSettled(AmqpReceiverLink link, uint deliveryId, AmqpOutcome outcome) => Log.Add($"settled {deliveryId} {outcome.Kind}");

    void IAmqpReceiverHandler.OnDrained(AmqpReceiverLink link) => Log.Add("drained");
}
