using System.Globalization;
using Nave.Amqp;
using Nave.Hub;
using Nave.Hub.Security;

namespace Nave.Server.Amqp.Events;

/// <summary>
/// The Event Hubs-compatible endpoint of hubs: receivers of partitions, <c>$management</c>, and the redirect to it from the hub's own address.
/// The event stream is called like the hub. Source: wire facts 7.4, 8.
/// </summary>
internal sealed class EventEndpoint : ILinkEndpoint, IDisposable
{
    /// <summary>The largest message that the endpoint names. Source: Event Hubs, standard tier (wire facts 5.2.4).</summary>
    public const int MaxMessageBytes = 1024 * 1024;

    // What the SDKs know without being told.
    private const int AmqpsPort = 5671;

    private readonly EventReceiverSet _receivers;

    public EventEndpoint(TimeProvider time) => _receivers = new EventReceiverSet(time);

    /// <summary>Gets or sets the port that a redirect names; at composition, once it is bound.</summary>
    public int Port { get; set; } = AmqpsPort;

    /// <inheritdoc/>
    public bool TryOpen(LinkRequest request)
    {
        if (request.Peer.Tenant?.Hub is not { } hub)
        {
            return false;
        }

        var isOurs = request.Sender is not null
            ? EventAddress.TryReadSource(request.Address, out var address)
            : EventAddress.TryReadTarget(request.Address, hub.Name, out address);
        if (!isOurs)
        {
            return false;
        }

        switch (address!.Kind) // Set: it is ours.
        {
            case EventAddressKind.Management:
                ManagementRequests.Open(request);
                break;
            case EventAddressKind.Redirect:
                Redirect(hub, request);
                break;
            case EventAddressKind.Publisher:
                request.Refuse(new AmqpError(
                    AmqpCondition.UnauthorizedAccess, $"Unauthorized access. 'Send' claim(s) are required to perform this operation. Resource: 'sb://{hub.HostName}/{request.Address}'. Only devices send to '{hub.Name}'."));
                break;
            default:
                OpenReceiver(hub, request, address);
                break;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _receivers.Dispose();

    private void OpenReceiver(IotHub hub, LinkRequest request, EventAddress address)
    {
        // 1. May the peer know whether it exists?
        if (!request.TryAuthorize(AccessRights.ServiceConnect, $"{address.Entity}/ConsumerGroups/{address.Group}/Partitions/{address.Partition}"))
        {
            return;
        }

        if (Check(hub, request, address, out var partition, out var options) is { } error)
        {
            request.Refuse(error);
            return;
        }

        // 2. Where it begins. What is the latest is decided here.
        var start = hub.Events.Resolve(partition, options!.Position); // Set: there is no error.
        if (!start.IsSuccess)
        {
            request.Refuse(start.Error);
            return;
        }

        // 3. Its place; who had it is told.
        var receiver = new EventReceiver(_receivers, request, partition, start.Value, options);
        var attempt = hub.ConsumerGroups.Attach(address.Group, partition, options.Epoch, receiver);
        if (attempt.Place is null)
        {
            request.Refuse(EventErrors.Of(hub, address, attempt));
            return;
        }

        receiver.Start(request, attempt.Place);
    }

    private static AmqpError? Check(IotHub hub, LinkRequest request, EventAddress address, out int partition, out EventReceiverOptions? options)
    {
        partition = 0;
        options = null;
        if (!address.Entity.Equals(hub.Name, StringComparison.OrdinalIgnoreCase))
        {
            return EventErrors.NotFound(hub, address.Entity);
        }

        if (hub.ConsumerGroups.Find(address.Group) is null)
        {
            return EventErrors.NotFound(hub, $"{address.Entity}/ConsumerGroups/{address.Group}");
        }

        if (!int.TryParse(address.Partition, NumberStyles.None, CultureInfo.InvariantCulture, out partition) || partition >= hub.Events.PartitionCount)
        {
            return EventErrors.NoPartition(hub, address.Partition);
        }

        return EventReceiverOptions.TryRead(request.Attach, out options, out var problem) ? null : new AmqpError(AmqpErrors.ArgumentError, problem);
    }

    private void Redirect(IotHub hub, LinkRequest request)
    {
        if (!request.TryAuthorize(AccessRights.ServiceConnect, "messages/events"))
        {
            return;
        }

        // The same path below the event stream's own name.
        var path = request.Address.ToString()["messages/events".Length..];
        var port = Port.ToString(CultureInfo.InvariantCulture);
        request.Refuse(new AmqpError(
            AmqpCondition.LinkRedirect,
            $"The event stream of '{hub.HostName}' is '{hub.Name}'.",
            AmqpMap.Fields(
                ("hostname", hub.HostName),
                ("network-host", hub.HostName),
                ("port", Port),
                ("address", $"amqps://{hub.HostName}:{port}/{hub.Name}{path}"))));
    }
}
