using Microsoft.Extensions.Logging;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Hub;

/// <summary>What <see cref="HubServices"/> stand on.</summary>
internal sealed record HubServicesOptions
{
    /// <summary>Gets the hub's short name, as events carry it.</summary>
    public required string HubName { get; init; }

    /// <summary>Gets when the hub was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Gets the hub's log.</summary>
    public required IEventLog Log { get; init; }

    /// <summary>Gets the hub's store.</summary>
    public required IStateStore Store { get; init; }

    /// <summary>Gets who is connected.</summary>
    public required DeviceConnections Connections { get; init; }

    /// <summary>Gets the clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Gets the loggers.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>Gets which events besides telemetry go to the stream.</summary>
    public HubEventSources EventSources { get; init; } = HubEventSources.All;

    /// <summary>Gets the limit of incoming events, or <see langword="null"/> for none.</summary>
    public ITelemetryThrottle? TelemetryThrottle { get; init; }

    /// <summary>Gets the limits of all other operations.</summary>
    public HubThrottle Throttle { get; init; } = HubThrottle.Unlimited;

    /// <summary>Gets about how much memory twins that were used lately may take: 64 MiB hold some 40,000 twins of 1 KiB.</summary>
    public long TwinCacheBytes { get; init; } = 64L * 1024 * 1024;
}
