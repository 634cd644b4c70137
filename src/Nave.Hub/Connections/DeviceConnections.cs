using Nave.Api;
using Nave.Hub.Security;

namespace Nave.Hub.Connections;

/// <summary>Who is connected to one hub: at most one link an identity, the newest wins.</summary>
public sealed class DeviceConnections
{
    /// <summary>Gets the number of connected devices and modules.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>Registers a link; an older one of the same identity is closed with <see cref="CloseReason.TakenOver"/>.</summary>
    /// <returns>The session, or 403002, 429001 when a limit is reached.</returns>
    public HubResult<DeviceSession> Open(DevicePrincipal principal, IDeviceLink link) => throw new NotImplementedException();

    /// <summary>Finds the session of a connected identity.</summary>
    public DeviceSession? Find(IdentityId id) => throw new NotImplementedException();
}
