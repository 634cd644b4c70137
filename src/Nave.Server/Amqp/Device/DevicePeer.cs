using Nave.Api;
using Nave.Hub.Connections;

namespace Nave.Server.Amqp.Device;

/// <summary>One device or module on one connection.</summary>
internal sealed class DevicePeer(IdentityId id)
{
    /// <summary>Gets who it is.</summary>
    public IdentityId Id => id;

    /// <summary>Gets the session, once the device is authenticated.</summary>
    public DeviceSession? Session { get; private set; }
}
