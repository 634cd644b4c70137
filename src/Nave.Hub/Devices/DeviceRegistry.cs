using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Storage;

namespace Nave.Hub.Devices;

/// <summary>The identity registry of one hub. Read-after-write; every change is durable before the call returns.</summary>
public sealed partial class DeviceRegistry
{
    /// <summary>The most devices and modules of a hub. Source: Azure's quotas.</summary>
    public const int MaxIdentities = 1_000_000;

    /// <summary>The most modules of a device. Source: Azure's quotas.</summary>
    public const int MaxModules = 50;

    /// <summary>The most changes in one bulk call. Source: Azure's service API.</summary>
    public const int MaxBulkChanges = 100;

    private readonly RegistryParts _parts;

    // One change of a device's family at a time: so no module is made while its device is deleted, and the cap of modules holds.
    private readonly KeyedGate<string> _families = new();

    internal DeviceRegistry(RegistryParts parts) => _parts = parts;

    /// <summary>Gets a device or module identity.</summary>
    /// <returns>The identity with its keys; or 404001 (also for a module whose device is unknown), 404010, 429001.</returns>
    public async ValueTask<HubResult<DeviceIdentity>> GetAsync(IdentityId id, CancellationToken cancellationToken)
    {
        if ((_parts.Throttle.TryTake(ThrottledOperation.Registry) ?? IdentityRules.Check(id)) is { } refused)
        {
            return refused;
        }

        return await _parts.Directory.FindAsync(id, cancellationToken) is { } record
            ? Present(record)
            : await NotFoundAsync(id, cancellationToken);
    }

    /// <summary>Creates an identity and its twin; missing keys are generated.</summary>
    /// <returns>The identity as stored, or 409001/409301 if it exists, 404001 for a module of an unknown device, 400004, 400028, 413002, 413003, 429001.</returns>
    public ValueTask<HubResult<DeviceIdentity>> CreateAsync(DeviceIdentity identity, CancellationToken cancellationToken) =>
        CreateWithTwinAsync(identity, default, cancellationToken);

    /// <summary>Creates an identity with the content of its twin, together or not at all.</summary>
    /// <param name="identity">The identity.</param>
    /// <param name="twin">Tags, desired and reported properties; empty for none.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>As <see cref="CreateAsync(DeviceIdentity, CancellationToken)"/>; 400004 also if the twin breaks a limit.</returns>
    internal async ValueTask<HubResult<DeviceIdentity>> CreateWithTwinAsync(
        DeviceIdentity identity, ReadOnlyMemory<byte> twin, CancellationToken cancellationToken)
    {
        if (_parts.Throttle.TryTake(ThrottledOperation.Registry) is { } refused)
        {
            return refused;
        }

        var created = await CreateCoreAsync(identity, twin, cancellationToken);
        return created.IsSuccess ? Present(created.Value) : created.Error;
    }

    /// <summary>Replaces an identity. What the new content leaves out of authentication and capabilities stays as it is.</summary>
    /// <param name="identity">The new content.</param>
    /// <param name="ifMatch">The etag that it must have, or <c>*</c>.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>The identity as stored, or 404001/404010, 412001, 400004, 400028, 429001.</returns>
    public async ValueTask<HubResult<DeviceIdentity>> UpdateAsync(DeviceIdentity identity, string ifMatch, CancellationToken cancellationToken) =>
        _parts.Throttle.TryTake(ThrottledOperation.Registry) is { } refused
            ? refused
            : await UpdateCoreAsync(identity, IfMatch.Parse(ifMatch), cancellationToken);

    /// <summary>Deletes an identity with its twin, modules and queued messages; connections are closed.</summary>
    /// <param name="id">The identity.</param>
    /// <param name="ifMatch">The etag that it must have, or <c>*</c>.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>True, or 404001/404010, 412001, 429001.</returns>
    public async ValueTask<HubResult<bool>> DeleteAsync(IdentityId id, string ifMatch, CancellationToken cancellationToken) =>
        _parts.Throttle.TryTake(ThrottledOperation.Registry) is { } refused
            ? refused
            : await DeleteCoreAsync(id, IfMatch.Parse(ifMatch), cancellationToken);

    /// <summary>Counts a list or a count of devices against the tier: a head asks before it answers one from outside.</summary>
    /// <returns>429001, or <see langword="null"/> if it may be answered.</returns>
    public HubError? TakeListing() => _parts.Throttle.TryTake(ThrottledOperation.Registry);

    /// <summary>Lists devices in id order, at most <paramref name="top"/> (1 to 1000).</summary>
    public async ValueTask<IReadOnlyList<DeviceIdentity>> ListAsync(int top, CancellationToken cancellationToken)
    {
        var left = Math.Clamp(top, 1, 1000);
        var devices = new List<DeviceIdentity>(left);
        await foreach (var document in _parts.Store.ScanAsync(new StateScan(IdentityCodec.Collection), cancellationToken))
        {
            if (document.Key.Contains(IdentityKey.Separator, StringComparison.Ordinal))
            {
                continue;
            }

            devices.Add(Present(_parts.Codec.Decode(document)));
            if (--left == 0)
            {
                break;
            }
        }

        return devices;
    }

    /// <summary>Lists the modules of a device.</summary>
    /// <returns>The modules in id order; or 404001, 429001.</returns>
    public async ValueTask<HubResult<IReadOnlyList<DeviceIdentity>>> ListModulesAsync(string deviceId, CancellationToken cancellationToken)
    {
        var id = new IdentityId(deviceId);
        if ((_parts.Throttle.TryTake(ThrottledOperation.Registry) ?? IdentityRules.Check(id)) is { } refused)
        {
            return refused;
        }

        if (await _parts.Directory.FindAsync(id, cancellationToken) is null)
        {
            return await NotFoundAsync(id, cancellationToken);
        }

        return (await ReadModulesAsync(deviceId, cancellationToken)).ConvertAll(Present);
    }

    /// <summary>Reads the identities of a device's modules, for the hub itself: no tier counts it.</summary>
    internal async ValueTask<IReadOnlyList<IdentityRecord>> FindModulesAsync(string deviceId, CancellationToken cancellationToken) =>
        await ReadModulesAsync(deviceId, cancellationToken);

    /// <summary>Makes a module that an edge device is to run; one that is there already is left as it is.</summary>
    /// <returns>True; or 404001, 413003, 400004, 503005.</returns>
    internal async ValueTask<HubResult<bool>> EnsureEdgeModuleAsync(IdentityId id, CancellationToken cancellationToken)
    {
        var created = await CreateCoreAsync(
            new DeviceIdentity { DeviceId = id.DeviceId, ModuleId = id.ModuleId, ManagedBy = IdentityBuilder.EdgeManager }, default, cancellationToken);
        return created.IsSuccess || created.Error.Code == HubErrorCode.ModuleAlreadyExistsOnDevice ? true : created.Error;
    }

    /// <summary>Deletes a module that an edge device is not to run any more; one that is gone is no error.</summary>
    /// <returns>True; or 503005.</returns>
    internal async ValueTask<HubResult<bool>> RemoveEdgeModuleAsync(IdentityId id, CancellationToken cancellationToken)
    {
        var deleted = await DeleteCoreAsync(id, new IfMatch("*"), cancellationToken);
        return deleted.IsSuccess || deleted.Error.Code is HubErrorCode.ModuleNotFound or HubErrorCode.DeviceNotFound ? true : deleted.Error;
    }

    /// <summary>Counts devices: total, enabled, disabled. From memory.</summary>
    public ValueTask<RegistryStatistics> GetStatisticsAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_parts.Counters.Read());
    }

    /// <summary>Adds what connections and queues know.</summary>
    private DeviceIdentity Present(IdentityRecord record)
    {
        var state = _parts.Connections.GetState(record.Id, record.GenerationId);
        return record.ToIdentity() with
        {
            IsConnected = state.Connected,
            ConnectionStateUpdatedTime = state.Changed,
            LastActivityTime = state.LastActivity,
            CloudToDeviceMessageCount = _parts.Queues.Count(record.Id),
        };
    }

    private async ValueTask<List<IdentityRecord>> ReadModulesAsync(string deviceId, CancellationToken cancellationToken)
    {
        var modules = new List<IdentityRecord>();
        var scan = new StateScan(IdentityCodec.Collection) { Prefix = IdentityKey.ModulesOf(deviceId) };
        await foreach (var document in _parts.Store.ScanAsync(scan, cancellationToken))
        {
            modules.Add(_parts.Codec.Decode(document));
        }

        return modules;
    }

    private async ValueTask<IdentityRecord?> ReadAsync(IdentityId id, CancellationToken cancellationToken) =>
        await _parts.Store.ReadAsync(IdentityCodec.Collection, IdentityKey.Of(id), cancellationToken) is { } document
            ? _parts.Codec.Decode(document)
            : null;

    private async ValueTask<HubError> NotFoundAsync(IdentityId id, CancellationToken cancellationToken) =>
        id.IsModule && await _parts.Directory.FindAsync(new IdentityId(id.DeviceId), cancellationToken) is not null
            ? new HubError(HubErrorCode.ModuleNotFound, $"E_MODULE_NOT_FOUND_ON_DEVICE, deviceId: {id.DeviceId}, moduleId: {id.ModuleId}")
            : new HubError(HubErrorCode.DeviceNotFound, $"E_DEVICE_NOT_FOUND_IN_REGISTRY, deviceId: {id.DeviceId}");

    /// <summary>Takes a device's family; <see cref="LeaveFamily"/> must follow unless an error is returned.</summary>
    private async ValueTask<HubError?> EnterFamilyAsync(string deviceId, CancellationToken cancellationToken) =>
        await _families.EnterAsync(deviceId, cancellationToken)
            ? null
            : new HubError(HubErrorCode.ServerBusy, $"Too many changes of the device '{deviceId}' are waiting already.");

    private void LeaveFamily(string deviceId) => _families.Leave(deviceId);

    /// <summary>Closes what no longer holds after a device or module was changed.</summary>
    private async ValueTask CloseAfterUpdateAsync(IdentityRecord record)
    {
        if (_parts.Connections.Find(record.Id) is { } session
            && (session.Principal.Proof is { } proof
                ? _parts.Authenticator.WhyNot(proof, record)
                : record.Status == DeviceStatus.Disabled ? CloseReason.Disabled : null) is { } reason)
        {
            session.Terminate(reason);
        }

        if (record.Status == DeviceStatus.Disabled)
        {
            foreach (var module in await ReadModulesAsync(record.Id.DeviceId, CancellationToken.None))
            {
                _parts.Connections.Close(module.Id, CloseReason.Disabled);
            }
        }
    }
}
