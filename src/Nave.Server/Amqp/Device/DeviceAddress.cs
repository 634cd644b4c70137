using Nave.Api;

namespace Nave.Server.Amqp.Device;

/// <summary>An address below <c>/devices/{d}[/modules/{m}]</c> (wire facts 6.1).</summary>
/// <param name="Id">Whose.</param>
/// <param name="Kind">What it is for.</param>
internal readonly record struct DeviceAddress(IdentityId Id, DeviceLinkKind Kind)
{
    /// <summary>Reads an address.</summary>
    /// <returns><see langword="false"/> if it is of another kind.</returns>
    public static bool TryParse(AmqpAddress address, out DeviceAddress result)
    {
        result = default;
        if (!address.Is(0, "devices") || address.Count < 3)
        {
            return false;
        }

        var isModule = address.Is(2, "modules") && address.Count > 4;
        var id = new IdentityId(address[1], isModule ? address[3] : null);
        var first = isModule ? 4 : 2;
        DeviceLinkKind? kind = (address.Count - first) switch
        {
            1 when address.Is(first, "twin") => DeviceLinkKind.Twin,
            2 when address.Is(first, "messages") && address.Is(first + 1, "events") => DeviceLinkKind.Events,
            2 when address.Is(first, "messages") && address.Is(first + 1, "devicebound") => DeviceLinkKind.CloudToDevice,
            2 when address.Is(first, "methods") && address.Is(first + 1, "devicebound") => DeviceLinkKind.Methods,
            _ => null,
        };
        result = new DeviceAddress(id, kind.GetValueOrDefault());
        return kind is not null;
    }
}
