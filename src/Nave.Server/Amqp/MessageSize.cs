using System.Globalization;
using Nave.Amqp;

namespace Nave.Server.Amqp;

/// <summary>What a peer said of the largest message that it takes: AMQP 1.0 part 2, 2.7.3.</summary>
internal static class MessageSize
{
    /// <summary>Tells whether a link takes a message; one that does not is detached with <c>amqp:link:message-size-exceeded</c>. In a turn.</summary>
    /// <param name="link">The link on which it would be sent.</param>
    /// <param name="length">What counts of the message, in bytes.</param>
    public static bool Fits(AmqpSenderLink link, int length)
    {
        if ((ulong)length <= link.PeerMaxMessageSize)
        {
            return true;
        }

        link.Detach(new AmqpError(
            AmqpCondition.MessageSizeExceeded,
            string.Create(CultureInfo.InvariantCulture, $"The next message has {length} bytes; the link takes up to {link.PeerMaxMessageSize}.")));
        return false;
    }
}
