using System.Collections.Concurrent;
using System.Security.Cryptography;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Simulation;

/// <summary>Sees to it that the registry has many devices, and gets their keys.</summary>
/// <param name="service">The hub's service side.</param>
public sealed class DeviceProvisioner(ServiceClient service)
{
    // Azure's limit of one bulk call.
    private const int BatchSize = 100;
    private const int Parallelism = 8;
    private const int KeyBytes = 32;

    private readonly ConcurrentBag<string> _created = [];

    /// <summary>Gets the ids of the devices that were created.</summary>
    public IReadOnlyCollection<string> Created => _created;

    /// <summary>Creates what is missing, if that is wanted.</summary>
    /// <returns>The first key of each device, base64, by id.</returns>
    /// <exception cref="InvalidOperationException">A device does not exist, or has no key; the message names it.</exception>
    /// <exception cref="HubException">The hub refused.</exception>
    public async Task<IReadOnlyDictionary<string, string>> EnsureAsync(
        IReadOnlyCollection<ProvisionedDevice> devices, bool create, CancellationToken cancellationToken)
    {
        var keys = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        if (create)
        {
            await Parallel.ForEachAsync(
                devices.Chunk(BatchSize), parallel, async (batch, token) => await CreateAsync(batch, keys, token).ConfigureAwait(false)).ConfigureAwait(false);
        }

        var others = devices.Select(device => device.Id).Where(id => !keys.ContainsKey(id)).ToArray();
        await Parallel.ForEachAsync(
            others, parallel, async (id, token) => keys[id] = await ReadKeyAsync(id, token).ConfigureAwait(false)).ConfigureAwait(false);
        return keys;
    }

    /// <summary>Deletes what was created.</summary>
    public Task DeleteCreatedAsync(CancellationToken cancellationToken) => DeleteAsync(service, _created, cancellationToken);

    /// <summary>Deletes devices; those that do not exist are passed over.</summary>
    public static Task DeleteAsync(ServiceClient service, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(
            ids.Chunk(BatchSize),
            parallel,
            async (batch, token) => await service.BulkAsync(
                [.. batch.Select(id => new ExportImportDevice { Id = id, ImportMode = ImportMode.Delete })], token).ConfigureAwait(false));
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));

    private async Task CreateAsync(ProvisionedDevice[] batch, ConcurrentDictionary<string, string> keys, CancellationToken cancellationToken)
    {
        var made = batch.ToDictionary(device => device.Id, _ => NewKey(), StringComparer.Ordinal);
        var lines = batch.Select(device => new ExportImportDevice
        {
            Id = device.Id,
            ImportMode = ImportMode.Create,
            Authentication = new DeviceAuthentication
            {
                Type = AuthenticationType.Sas,
                SymmetricKey = new SymmetricKeys { PrimaryKey = made[device.Id], SecondaryKey = NewKey() },
            },
            Tags = device.Tags,
        });
        var result = await service.BulkAsync([.. lines], cancellationToken).ConfigureAwait(false);
        var failed = result.Errors.ToDictionary(error => error.DeviceId, StringComparer.Ordinal);
        foreach (var device in batch)
        {
            if (!failed.TryGetValue(device.Id, out var error))
            {
                keys[device.Id] = made[device.Id];
                _created.Add(device.Id);
            }
            else if (error.ErrorCode != nameof(HubErrorCode.DeviceAlreadyExists))
            {
                throw new InvalidOperationException($"The device '{device.Id}' could not be created: {error.ErrorCode}, {error.ErrorStatus}");
            }
        }
    }

    private async Task<string> ReadKeyAsync(string id, CancellationToken cancellationToken)
    {
        var identity = await service.GetDeviceAsync(new IdentityId(id), cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"The registry has no device '{id}'. Set createMissing: true to have it created.");
        return identity.Authentication?.SymmetricKey?.PrimaryKey is { Length: > 0 } key
            ? key
            : throw new InvalidOperationException($"The device '{id}' has no symmetric key; simulated devices connect with keys only.");
    }
}
