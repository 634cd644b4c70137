namespace Nave.Amqp;

/// <summary>What a link tells that takes messages from the peer.</summary>
public interface IAmqpReceiverHandler : IAmqpLinkHandler
{
    /// <summary>A message has come, whole. Unless <see cref="AmqpDelivery.IsSettled"/>, call <see cref="AmqpLink.Settle"/> with its id, now or later.</summary>
    void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery);

    /// <summary>Client of a link that settles second: the sender settled what we had given an outcome.</summary>
    void OnSettled(AmqpReceiverLink link, uint deliveryId, AmqpOutcome outcome)
    {
    }

    /// <summary>The peer has answered <see cref="AmqpReceiverLink.Drain"/>: there is no credit left.</summary>
    void OnDrained(AmqpReceiverLink link)
    {
    }
}
