using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Hub.Security;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Devices;

/// <summary>What a <see cref="DeviceRegistry"/> stands on.</summary>
internal sealed record RegistryParts
{
    public required IStateStore Store { get; init; }

    public required IdentityCodec Codec { get; init; }

    public required IdentityDirectory Directory { get; init; }

    public required RegistryCounters Counters { get; init; }

    public required GenerationSequence Generations { get; init; }

    public required TwinService Twins { get; init; }

    public required IDeviceQueues Queues { get; init; }

    public required DeviceConnections Connections { get; init; }

    public required HubAuthenticator Authenticator { get; init; }

    public required HubThrottle Throttle { get; init; }

    public required TimeProvider Time { get; init; }
}
