using Nave.Hub.Security;

namespace Nave.Hub.Connections;

/// <summary>One connection of one identity, from <see cref="DeviceConnections.Open"/> to <see cref="Close"/>.</summary>
public sealed class DeviceSession
{
    /// <summary>Gets who is connected.</summary>
    public DevicePrincipal Principal => throw new NotImplementedException();

    /// <summary>Gets the number of this connection: a later one of the same identity has a higher one.</summary>
    public long Epoch => throw new NotImplementedException();

    /// <summary>Gets what the device has asked to receive.</summary>
    public DeviceFeatures Features => throw new NotImplementedException();

    /// <summary>Adds what the device wants to receive; waiting commands and messages are offered at once.</summary>
    public void Enable(DeviceFeatures features) => throw new NotImplementedException();

    /// <summary>Removes what the device no longer wants.</summary>
    public void Disable(DeviceFeatures features) => throw new NotImplementedException();

    /// <summary>Ends the session; messages it holds locked go back to their queue. Only the first call counts.</summary>
    public void Close(CloseReason reason) => throw new NotImplementedException();
}
