using Nave.Amqp;

namespace Nave.Server.Amqp;

/// <summary><c>$cbs</c>: where peers put their tokens. Source: wire facts 5.3.</summary>
internal sealed class CbsEndpoint : ILinkEndpoint
{
    /// <summary>The address.</summary>
    public const string Node = "$cbs";

    // A token has at most 4096 characters.
    private const int MaxMessageBytes = 8 * 1024;
    /// <summary>How many requests of one link may be under way.</summary>
    public const int Credit = 32;

    private static readonly AmqpAcceptOptions s_options = new() { MaxMessageSize = MaxMessageBytes, Credit = Credit };

    /// <inheritdoc/>
    public bool TryOpen(LinkRequest request)
    {
        if (!request.Address.Matches(Node))
        {
            return false;
        }

        var replies = SessionChannels.Of(request.Peer, request.Session, Node);
        if (request.Receiver is null)
        {
            replies.Attach(request, s_options);
        }
        else
        {
            request.Accept(new CbsRequests(request.Peer, request.Receiver, replies), s_options);
        }

        return true;
    }
}
