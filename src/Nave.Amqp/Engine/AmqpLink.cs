namespace Nave.Amqp;

/// <summary>One link of a session. Guarded by the lock of the connection's owner.</summary>
public abstract class AmqpLink
{
    private protected AmqpLink()
    {
    }

    /// <summary>Gets the session.</summary>
    public AmqpSession Session => throw new NotImplementedException();

    /// <summary>Gets the connection.</summary>
    public AmqpConnection Connection => Session.Connection;

    /// <summary>Gets the name.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>Gets what the peer said when it attached; null for a link of ours until it did.</summary>
    public AmqpAttach? Peer => throw new NotImplementedException();

    /// <summary>Gets the settle mode of the sender, as agreed.</summary>
    public AmqpSenderSettleMode SenderSettleMode => throw new NotImplementedException();

    /// <summary>Gets the settle mode of the receiver, as agreed.</summary>
    public AmqpReceiverSettleMode ReceiverSettleMode => throw new NotImplementedException();

    /// <summary>Gets a value indicating whether both sides have attached and none has detached.</summary>
    public bool IsOpen => throw new NotImplementedException();

    /// <summary>Gets or sets what the owner wants to find again.</summary>
    public object? Tag { get; set; }

    /// <summary>Refuses a link that the peer attaches: an attach without terminus, then a detach with the error. No handler is called.</summary>
    public void Refuse(AmqpError error) => throw new NotImplementedException();

    /// <summary>Detaches for good; <see cref="IAmqpLinkHandler.OnDetached"/> follows when the peer has done so too. Only the first call counts.</summary>
    public void Detach(AmqpError? error = null) => throw new NotImplementedException();

    /// <summary>
    /// Says what became of a delivery. A receiver gives its outcome; consecutive deliveries with the same outcome leave as one disposition at
    /// <see cref="AmqpConnection.Flush"/>. A sender whose receiver settles second confirms it. Of a delivery that is settled, or a link that is gone, nothing.
    /// </summary>
    public abstract void Settle(uint deliveryId, AmqpOutcome outcome);
}
