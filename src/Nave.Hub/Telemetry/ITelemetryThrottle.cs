using Nave.Hub.Security;

namespace Nave.Hub.Telemetry;

/// <summary>Limits how fast events come in; a hub without limits has none, which costs nothing.</summary>
internal interface ITelemetryThrottle
{
    /// <summary>Asks for leave for one event. Called on the hot path: must neither block nor allocate.</summary>
    /// <param name="device">Who sends.</param>
    /// <param name="bytes">Body and properties.</param>
    /// <returns><see langword="false"/> if the event has to wait.</returns>
    bool TryTake(DevicePrincipal device, int bytes);
}
