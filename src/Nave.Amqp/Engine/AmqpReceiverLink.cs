namespace Nave.Amqp;

/// <summary>A link that takes messages from the peer.</summary>
public sealed class AmqpReceiverLink : AmqpLink
{
    internal AmqpReceiverLink()
    {
    }

    /// <summary>Gets how many messages the peer may still send.</summary>
    public int Credit => throw new NotImplementedException();

    /// <summary>Gets how many messages wait for <see cref="AmqpLink.Settle"/>.</summary>
    public int Unsettled => throw new NotImplementedException();

    /// <summary>Accepts a link that the peer attaches, and gives it credit.</summary>
    public void Accept(IAmqpReceiverHandler handler, AmqpAcceptOptions? options = null) => throw new NotImplementedException();

    /// <summary>Sets the credit by hand, and ends topping up.</summary>
    public void SetCredit(int credit) => throw new NotImplementedException();

    /// <summary>Asks the peer to send what it has and to give the rest of the credit back; ends topping up.</summary>
    public void Drain() => throw new NotImplementedException();

    /// <inheritdoc/>
    public override void Settle(uint deliveryId, AmqpOutcome outcome) => throw new NotImplementedException();
}
