namespace Nave.Server.Amqp.Device;

/// <summary>The links of devices and modules. Source: wire facts 6.1.</summary>
internal sealed class DeviceEndpoint : ILinkEndpoint
{
    /// <inheritdoc/>
    public bool TryOpen(LinkRequest request) => false;
}
