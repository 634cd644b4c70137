using Microsoft.Extensions.Logging;
using Nave.Hub.Devices;
using Nave.Hub.Limits;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Configurations;

/// <summary>What configurations stand on.</summary>
internal sealed record ConfigurationParts
{
    public required IStateStore Store { get; init; }

    public required TwinService Twins { get; init; }

    public required TwinQueries Queries { get; init; }

    public required DeviceRegistry Registry { get; init; }

    public required HubThrottle Throttle { get; init; }

    /// <summary>Gets how many configurations the hub may have.</summary>
    public required int MaxConfigurations { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger<ConfigurationEngine> Logger { get; init; }
}
