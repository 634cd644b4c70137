using Microsoft.Extensions.Logging;
using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Jobs;

/// <summary>What <see cref="ScheduledJobs"/> stand on.</summary>
internal sealed record ScheduledJobParts
{
    public required IStateStore Store { get; init; }

    public required TwinService Twins { get; init; }

    public required TwinQueries Queries { get; init; }

    public required DirectMethodService Methods { get; init; }

    public required DeviceConnections Connections { get; init; }

    public required HubThrottle Throttle { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger<ScheduledJobs> Logger { get; init; }
}
