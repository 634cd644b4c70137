namespace Nave.Amqp;

/// <summary>What a link tells that brings messages to the peer.</summary>
public interface IAmqpSenderHandler : IAmqpLinkHandler
{
    /// <summary><see cref="AmqpSenderLink.CanSend"/> has become true (more credit, or the session's window opened). Send now, or later.</summary>
    void OnCredit(AmqpSenderLink link);

    /// <summary>The peer wants what there is now and the rest of its credit back: send, then call <see cref="AmqpSenderLink.Drained"/>.</summary>
    void OnDrain(AmqpSenderLink link)
    {
        link.Drained();
    }

    /// <summary>The peer said what became of a delivery that was sent unsettled.</summary>
    /// <param name="link">The link.</param>
    /// <param name="deliveryId">What <see cref="AmqpSenderLink.TrySend"/> gave.</param>
    /// <param name="state">What was given to <see cref="AmqpSenderLink.TrySend"/>.</param>
    /// <param name="outcome">The outcome; Unknown if the link went away before, or the peer settled without one.</param>
    /// <param name="settled">
    /// Whether the delivery is done with. If not (receiver settles second), the peer waits: call
    /// <see cref="AmqpLink.Settle"/> when the outcome has been carried out, with what it is then.
    /// </param>
    void OnOutcome(AmqpSenderLink link, uint deliveryId, object? state, AmqpOutcome outcome, bool settled)
    {
        if (!settled)
        {
            link.Settle(deliveryId, outcome);
        }
    }
}
