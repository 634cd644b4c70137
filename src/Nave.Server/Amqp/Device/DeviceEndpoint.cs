using Nave.Amqp;
using Nave.Api;

namespace Nave.Server.Amqp.Device;

/// <summary>The links of devices and modules. Source: wire facts 6.</summary>
internal sealed class DeviceEndpoint : ILinkEndpoint
{
    /// <inheritdoc/>
    public bool TryOpen(LinkRequest request)
    {
        if (request.Peer.Tenant?.Hub is not { } hub || !DeviceAddress.TryParse(request.Address, out var address))
        {
            return false;
        }

        if (IdentityRules.Check(address.Id) is { } invalid)
        {
            request.Refuse(invalid);
            return true;
        }

        if (WhyNot(address, receives: request.Sender is not null) is { } problem)
        {
            request.Refuse(new AmqpError(AmqpCondition.NotAllowed, problem));
            return true;
        }

        var devices = request.Peer.Devices;
        if (!devices.TryGetValue(address.Id, out var device) || device.IsOver)
        {
            // One whose session the hub has ended detaches its links when its turn comes; what is attached from now on is another one's.
            devices[address.Id] = device = new DevicePeer(request.Peer, hub, address.Id);
        }

        device.Open(request, address.Kind);
        return true;
    }

    private static string? WhyNot(DeviceAddress address, bool receives) => address.Kind switch
    {
        DeviceLinkKind.Events when receives && !address.Id.IsModule => "Only modules receive from messages/events; a device sends to it.",
        DeviceLinkKind.CloudToDevice when !receives => "A device receives from messages/devicebound; it does not send to it.",
        _ => null,
    };
}
