using System.Collections.Concurrent;
using System.Security.Cryptography;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Simulation.Running;

/// <summary>Sees to it that the registry has the devices, and gets their keys.</summary>
internal sealed class DeviceProvisioner(ServiceClient service)
{
    // Azure's limit of one bulk call.
    private const int BatchSize = 100;
    private const int Parallelism = 8;
    private const int KeyBytes = 32;

    private readonly ConcurrentBag<string> _created = [];

    /// <summary>Gets the ids of the devices that were created.</summary>
    public IReadOnlyCollection<string> Created => _created;

    /// <summary>Creates what is missing (if that is wanted) and sets every device's key.</summary>
    /// <exception cref="InvalidOperationException">A device does not exist, or has no key; the message names it.</exception>
    /// <exception cref="HubException">The hub refused.</exception>
    public async Task EnsureAsync(IReadOnlyList<SimulatedDevice> devices, bool create, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        if (create)
        {
            await Parallel.ForEachAsync(devices.Chunk(BatchSize), parallel, async (batch, token) => await CreateAsync(batch, token).ConfigureAwait(false))
                .ConfigureAwait(false);
        }

        var keyless = devices.Where(device => device.Key is null);
        await Parallel.ForEachAsync(keyless, parallel, async (device, token) => await ReadKeyAsync(device, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Deletes what was created.</summary>
    public async Task DeleteCreatedAsync(CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            _created.Chunk(BatchSize),
            parallel,
            async (batch, token) => await service.BulkAsync(
                [.. batch.Select(id => new ExportImportDevice { Id = id, ImportMode = ImportMode.Delete })], token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task CreateAsync(SimulatedDevice[] batch, CancellationToken cancellationToken)
    {
        var keys = batch.ToDictionary(device => device.Id, _ => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)), StringComparer.Ordinal);
        var lines = batch.Select(device => new ExportImportDevice
        {
            Id = device.Id,
            ImportMode = ImportMode.Create,
            Authentication = new DeviceAuthentication
            {
                Type = AuthenticationType.Sas,
                SymmetricKey = new SymmetricKeys { PrimaryKey = keys[device.Id], SecondaryKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)) },
            },
            Tags = device.Group.Tags,
        });
        var result = await service.BulkAsync([.. lines], cancellationToken).ConfigureAwait(false);
        var failed = result.Errors.ToDictionary(error => error.DeviceId, StringComparer.Ordinal);
        foreach (var device in batch)
        {
            if (!failed.TryGetValue(device.Id, out var error))
            {
                device.Key = keys[device.Id];
                _created.Add(device.Id);
            }
            else if (error.ErrorCode != nameof(HubErrorCode.DeviceAlreadyExists))
            {
                throw new InvalidOperationException($"The device '{device.Id}' could not be created: {error.ErrorCode}, {error.ErrorStatus}");
            }
        }
    }

    private async Task ReadKeyAsync(SimulatedDevice device, CancellationToken cancellationToken)
    {
        var identity = await service.GetDeviceAsync(new IdentityId(device.Id), cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"The registry has no device '{device.Id}'. Set createMissing: true to have it created.");
        device.Key = identity.Authentication?.SymmetricKey?.PrimaryKey is { Length: > 0 } key
            ? key
            : throw new InvalidOperationException($"The device '{device.Id}' has no symmetric key; the simulator connects with keys only.");
    }
}
