using Nave.Amqp;

namespace Nave.Server.Amqp;

/// <summary>The request/response nodes that a peer uses in one session, by address: what belongs together is found by the session (wire facts 5.3.5).</summary>
internal sealed class SessionChannels
{
    // Replies to requests, and those are bounded by the credit of the links they come over.
    private const int Capacity = 256;

    private readonly Dictionary<string, ReplyChannel> _channels = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Finds or makes the way back of a node.</summary>
    /// <param name="peer">The connection.</param>
    /// <param name="session">The session; its tag is used.</param>
    /// <param name="node">The node, such as <c>$cbs</c>: one of a few fixed names.</param>
    public static ReplyChannel Of(AmqpPeer peer, AmqpSession session, string node)
    {
        var channels = (SessionChannels)(session.Tag ??= new SessionChannels());
        if (!channels._channels.TryGetValue(node, out var channel))
        {
            channels._channels.Add(node, channel = new ReplyChannel(peer, Capacity));
        }

        return channel;
    }
}
