using Microsoft.Extensions.Logging;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Storage;

namespace Nave.Hub.Commands;

/// <summary>What <see cref="CloudToDeviceService"/> stands on.</summary>
/// <param name="Store">Where messages are.</param>
/// <param name="Queues">The table of queues, still empty.</param>
/// <param name="Identities">Who exists.</param>
/// <param name="Presence">Who is connected.</param>
/// <param name="Throttle">The hub's limits.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The log.</param>
internal sealed record CloudToDeviceParts(
    IStateStore Store,
    DeviceQueues Queues,
    IdentityLookup Identities,
    IPresence Presence,
    HubThrottle Throttle,
    TimeProvider Time,
    ILogger<CloudToDeviceService> Logger);
