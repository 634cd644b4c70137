using Microsoft.Extensions.Logging;
using Nave.Hub.Devices;
using Nave.Hub.Limits;
using Nave.Storage;
using Nave.Storage.Blobs;

namespace Nave.Hub.Jobs;

/// <summary>What <see cref="TransferJobs"/> stands on.</summary>
internal sealed record TransferParts
{
    public required IStateStore Store { get; init; }

    public required TransferCodec Codec { get; init; }

    public required IdentityCodec Identities { get; init; }

    public required DeviceRegistry Registry { get; init; }

    /// <summary>Gets how containers are opened: the folders that the owner permits among it.</summary>
    public required BlobContainerOptions Blobs { get; init; }

    /// <summary>Gets the configurations, or <see langword="null"/> if the hub has none.</summary>
    public IConfigurationLines? Configurations { get; init; }

    public required HubThrottle Throttle { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger<TransferJobs> Logger { get; init; }
}
