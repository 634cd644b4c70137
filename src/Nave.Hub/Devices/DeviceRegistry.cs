using Nave.Api;

namespace Nave.Hub.Devices;

/// <summary>The identity registry of one hub. Read-after-write; every change is durable before the call returns.</summary>
public sealed class DeviceRegistry
{
    /// <summary>Gets a device or module identity.</summary>
    public ValueTask<HubResult<DeviceIdentity>> GetAsync(IdentityId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Creates an identity and its twin; missing keys are generated.</summary>
    /// <returns>The identity as stored, or 409001/409301 if it exists, 404001 for a module of an unknown device, 400004, 413003.</returns>
    public ValueTask<HubResult<DeviceIdentity>> CreateAsync(DeviceIdentity identity, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Replaces an identity.</summary>
    /// <param name="identity">The new content.</param>
    /// <param name="ifMatch">The etag that it must have, or <c>*</c>.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The identity as stored, or 404001/404010, 412001.</returns>
    public ValueTask<HubResult<DeviceIdentity>> UpdateAsync(DeviceIdentity identity, string ifMatch, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Deletes an identity with its twin, modules and queued messages.</summary>
    public ValueTask<HubResult<bool>> DeleteAsync(IdentityId id, string ifMatch, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Lists devices in id order, at most <paramref name="top"/> (1 to 1000).</summary>
    public ValueTask<IReadOnlyList<DeviceIdentity>> ListAsync(int top, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Lists the modules of a device.</summary>
    public ValueTask<HubResult<IReadOnlyList<DeviceIdentity>>> ListModulesAsync(string deviceId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Applies up to 100 changes, each on its own, in few durable commits.</summary>
    public ValueTask<HubResult<BulkRegistryResult>> BulkAsync(IReadOnlyList<ExportImportDevice> changes, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Counts devices: total, enabled, disabled.</summary>
    public ValueTask<RegistryStatistics> GetStatisticsAsync(CancellationToken cancellationToken) => throw new NotImplementedException();
}
