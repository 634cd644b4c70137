namespace Nave.Amqp;

/// <summary>What both kinds of links tell their owner.</summary>
public interface IAmqpLinkHandler
{
    /// <summary>A link that we attached was answered: <see cref="AmqpLink.Peer"/> is set. Not called if it is refused (<see cref="OnDetached"/> is).</summary>
    void OnAttached(AmqpLink link)
    {
    }

    /// <summary>The link is gone, once: by either side, or with its session or connection.</summary>
    /// <param name="link">The link.</param>
    /// <param name="reason">What the peer gave as the reason, or why the session or connection ended; null for an orderly end.</param>
    void OnDetached(AmqpLink link, AmqpError? reason);
}
