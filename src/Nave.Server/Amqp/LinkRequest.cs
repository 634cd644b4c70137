using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Server.Amqp;

/// <summary>A link that a peer wants, until it is accepted or refused; see <see cref="ILinkEndpoint"/>. Guarded by the peer's turn.</summary>
internal sealed class LinkRequest
{
    private readonly AmqpLink _link;
    private IAmqpSenderHandler? _sends;
    private AccessRights _rights;
    private string? _path;

    public LinkRequest(AmqpPeer peer, AmqpLink link, AmqpAddress address)
    {
        Peer = peer;
        _link = link;
        Address = address;
        link.Tag = this;
    }

    /// <summary>Gets the connection.</summary>
    public AmqpPeer Peer { get; }

    /// <summary>Gets the address: of the source if the peer receives, of the target if it sends.</summary>
    public AmqpAddress Address { get; }

    /// <summary>Gets the link on which we send, or <see langword="null"/> if the peer is the one that sends.</summary>
    public AmqpSenderLink? Sender => _link as AmqpSenderLink;

    /// <summary>Gets the link on which we receive, or <see langword="null"/> if the peer is the one that receives.</summary>
    public AmqpReceiverLink? Receiver => _link as AmqpReceiverLink;

    /// <summary>Gets the session of the link.</summary>
    public AmqpSession Session => _link.Session;

    /// <summary>Gets what the peer said: settle modes, filter, properties.</summary>
    public AmqpAttach Attach => _link.Peer!; // Set: the peer has attached.

    /// <summary>Gets a property of the attach that is text, such as <c>com.microsoft:channel-correlation-id</c>, or <see langword="null"/>.</summary>
    public string? Property(string name) => Attach.Properties?[name].Text;

    /// <summary>Makes sure that the peer has rights, now and as long as the link lives. Refuses the link if it has not.</summary>
    /// <param name="rights">What is needed, such as <see cref="AccessRights.ServiceConnect"/>.</param>
    /// <param name="path">The resource below the host, such as <c>messages/devicebound</c>; the token's scope must cover it.</param>
    public bool TryAuthorize(AccessRights rights, string path)
    {
        var granted = Peer.Credentials?.Authorize(rights, path);
        if (granted is { IsSuccess: true })
        {
            _rights = rights;
            _path = path;
            Peer.WatchRights();
            return true;
        }

        Refuse(granted?.Error ?? new HubError(HubErrorCode.IotHubUnauthorizedAccess, "No token was put to $cbs."));
        return false;
    }

    /// <summary>Accepts a link on which we send.</summary>
    /// <returns><see langword="false"/> if the link is gone by now; its handler is not called.</returns>
    public bool Accept(IAmqpSenderHandler handler, AmqpAcceptOptions? options = null)
    {
        _sends = handler;
        Sender!.Accept(handler, options);
        return Accepted();
    }

    /// <summary>Accepts a link on which we receive.</summary>
    /// <returns><see langword="false"/> if the link is gone by now; its handler is not called.</returns>
    public bool Accept(IAmqpReceiverHandler handler, AmqpAcceptOptions? options = null)
    {
        Receiver!.Accept(handler, options);
        return Accepted();
    }

    /// <summary>Refuses the link: an attach without terminus, then a detach with the error (wire facts 5.3.9).</summary>
    public void Refuse(AmqpError error)
    {
        Peer.CountRefused(Address, error);
        _link.Refuse(error);
    }

    /// <summary>Refuses the link with an error of the hub.</summary>
    public void Refuse(HubError error) => Refuse(AmqpErrors.Of(error));

    /// <summary>Offers the handler its turn to send again.</summary>
    internal void OfferSend()
    {
        if (_sends is not null && Sender is { CanSend: true } sender)
        {
            _sends.OnCredit(sender);
        }
    }

    /// <summary>Detaches the link if the right that it needs is gone.</summary>
    /// <returns>Whether the link needs a right at all.</returns>
    internal bool CheckRights()
    {
        if (_path is null)
        {
            return false;
        }

        if (Peer.Credentials?.Authorize(_rights, _path) is { IsSuccess: false } refused)
        {
            _link.Detach(AmqpErrors.Of(refused.Error));
        }

        return true;
    }

    private bool Accepted()
    {
        if (_link.IsOpen)
        {
            Peer.CountAttached();
        }

        return _link.IsOpen;
    }
}
