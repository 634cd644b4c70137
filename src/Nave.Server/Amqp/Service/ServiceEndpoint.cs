using Nave.Amqp;
using Nave.Hub;
using Nave.Hub.Security;
using Nave.Server.Amqp.Events;

namespace Nave.Server.Amqp.Service;

/// <summary>
/// The service's links: sending to devices (<c>/messages/devicebound</c>), feedback and file notifications
/// (<c>/messages/servicebound/…</c>). Source: wire facts 7.1 to 7.3.
/// </summary>
internal sealed class ServiceEndpoint : ILinkEndpoint
{
    private const string Messages = "messages";
    private const string DeviceBound = "devicebound";
    private const string ServiceBound = "servicebound";
    private const string Feedback = "feedback";
    private const string FileNotifications = "filenotifications";

    // 64 KiB with the properties as the hub counts them; types and names of sections come on top.
    private static readonly AmqpAcceptOptions s_sending = new() { MaxMessageSize = 128 * 1024, Credit = CloudToDeviceSender.Credit };
    private static readonly AmqpAcceptOptions s_receiving = new() { MaxMessageSize = EventEndpoint.MaxMessageBytes };

    /// <inheritdoc/>
    public bool TryOpen(LinkRequest request)
    {
        if (request.Peer.Tenant?.Hub is not { } hub)
        {
            return false;
        }

        var address = request.Address;
        if (request.Receiver is { } receiver)
        {
            if (!address.Matches(Messages, DeviceBound))
            {
                return false;
            }

            if (request.TryAuthorize(AccessRights.ServiceConnect, $"{Messages}/{DeviceBound}"))
            {
                request.Accept(new CloudToDeviceSender(request.Peer, receiver, hub), s_sending);
            }

            return true;
        }

        if (address.Matches(Messages, ServiceBound, Feedback))
        {
            Open(request, InboxFormat.Feedback, hub);
            return true;
        }

        if (address.Matches(Messages, ServiceBound, FileNotifications))
        {
            Open(request, InboxFormat.FileNotifications, hub);
            return true;
        }

        return false;
    }

    private static void Open(LinkRequest request, InboxFormat format, IotHub hub)
    {
        if (request.TryAuthorize(AccessRights.ServiceConnect, request.Address.ToString()))
        {
            new InboxReceiver(request, format, hub).Start(request, s_receiving);
        }
    }
}
