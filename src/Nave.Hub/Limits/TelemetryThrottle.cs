using Nave.Hub.Security;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Limits;

/// <summary>Applies the hub's limits to incoming events.</summary>
internal sealed class TelemetryThrottle(HubThrottle throttle) : ITelemetryThrottle
{
    public bool TryTake(DevicePrincipal device, int bytes) => throttle.TryTakeSend(device, bytes) is null;
}
