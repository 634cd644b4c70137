using Nave.Api;
using Nave.Hub.Connections;
using Nave.Storage;

namespace Nave.Hub.Devices;

/// <content>Creating, replacing and deleting one identity.</content>
public sealed partial class DeviceRegistry
{
    private async ValueTask<HubResult<IdentityRecord>> CreateCoreAsync(
        DeviceIdentity wanted, ReadOnlyMemory<byte> initialTwin, CancellationToken cancellationToken)
    {
        // 1. What needs no look at the store.
        if (IdentityRules.Check(wanted) is { } invalid)
        {
            return invalid;
        }

        if (CheckCount() is { } full)
        {
            return full;
        }

        if (await CheckScopesAsync(wanted, cancellationToken) is { } wrongScope)
        {
            return wrongScope;
        }

        // 2. One change of the family at a time.
        if (await EnterFamilyAsync(wanted.DeviceId, cancellationToken) is { } busy)
        {
            return busy;
        }

        try
        {
            return wanted.ModuleId is null
                ? await CreateDeviceAsync(wanted, initialTwin, cancellationToken)
                : await CreateModuleAsync(wanted, initialTwin, cancellationToken);
        }
        finally
        {
            LeaveFamily(wanted.DeviceId);
        }
    }

    private async ValueTask<HubResult<IdentityRecord>> CreateDeviceAsync(
        DeviceIdentity wanted, ReadOnlyMemory<byte> initialTwin, CancellationToken cancellationToken)
    {
        var built = IdentityBuilder.Create(wanted, await _parts.Generations.NextAsync(cancellationToken));
        if (!built.IsSuccess)
        {
            return built.Error;
        }

        var transaction = new StateTransaction();
        var records = new List<IdentityRecord> { built.Value };
        if (built.Value.IotEdge)
        {
            records.AddRange(await MakeEdgeModulesAsync(wanted.DeviceId, cancellationToken));
        }

        return await CommitCreateAsync(transaction, records, initialTwin, cancellationToken);
    }

    private async ValueTask<HubResult<IdentityRecord>> CreateModuleAsync(
        DeviceIdentity wanted, ReadOnlyMemory<byte> initialTwin, CancellationToken cancellationToken)
    {
        if (await CheckModulesAsync(wanted, cancellationToken) is { } refused)
        {
            return refused;
        }

        var built = IdentityBuilder.Create(wanted, await _parts.Generations.NextAsync(cancellationToken));
        return built.IsSuccess
            ? await CommitCreateAsync(new StateTransaction(), [built.Value], initialTwin, cancellationToken)
            : built.Error;
    }

    private HubError? CheckCount() => _parts.Counters.Identities < MaxIdentities
        ? null
        : new HubError(HubErrorCode.TooManyDevices, $"The hub has {_parts.Counters.Identities} devices and modules; {MaxIdentities} are permitted.");

    /// <summary>Checks that the device of a new module exists and has room for it.</summary>
    private async ValueTask<HubError?> CheckModulesAsync(DeviceIdentity wanted, CancellationToken cancellationToken)
    {
        if (wanted.ModuleId is null)
        {
            return null;
        }

        var device = await ReadAsync(new IdentityId(wanted.DeviceId), cancellationToken);
        if (device is null)
        {
            return await NotFoundAsync(new IdentityId(wanted.DeviceId), cancellationToken);
        }

        var modules = await _parts.Store.CountAsync(
            new StateScan(IdentityCodec.Collection) { Prefix = IdentityKey.ModulesOf(wanted.DeviceId) }, cancellationToken);
        return modules >= MaxModules && await ReadAsync(wanted.Id, cancellationToken) is null
            ? new HubError(HubErrorCode.TooManyModulesOnDevice, $"The device '{wanted.DeviceId}' has {modules} modules; {MaxModules} are permitted.")
            : null;
    }

    /// <summary>Commits new identities, the first of which is what was asked for and gets the initial twin.</summary>
    private async ValueTask<HubResult<IdentityRecord>> CommitCreateAsync(
        StateTransaction transaction, List<IdentityRecord> records, ReadOnlyMemory<byte> initialTwin, CancellationToken cancellationToken)
    {
        if (_parts.Twins.AddCreate(transaction, records[0].ToTwinIdentity(), initialTwin) is { } invalidTwin)
        {
            return invalidTwin;
        }

        return await CommitNewAsync(transaction, records, twins: 1, cancellationToken) is { } error ? error : records[0];
    }

    /// <summary>Commits new identities; the transaction has the first so many twins already.</summary>
    private async ValueTask<HubError?> CommitNewAsync(
        StateTransaction transaction, List<IdentityRecord> records, int twins, CancellationToken cancellationToken)
    {
        foreach (var record in records)
        {
            transaction.Put(
                IdentityCodec.Collection, IdentityKey.Of(record.Id), _parts.Codec.Encode(record), StateTransaction.Absent, IdentityCodec.TermsOf(record));
        }

        foreach (var record in records.Skip(twins))
        {
            _parts.Twins.AddCreate(transaction, record.ToTwinIdentity());
        }

        var outcome = await _parts.Store.CommitAsync(transaction, cancellationToken);
        if (!outcome.Applied)
        {
            return AlreadyExists(records[0].Id);
        }

        foreach (var record in records)
        {
            _parts.Counters.Created(record);
            _parts.Directory.Invalidate(record.Id);
            _parts.Twins.Created(record.Id);
        }

        return null;
    }

    private static HubError AlreadyExists(IdentityId id) => id.IsModule
        ? new HubError(HubErrorCode.ModuleAlreadyExistsOnDevice, $"The module '{id.ModuleId}' of the device '{id.DeviceId}' exists already.")
        : new HubError(HubErrorCode.DeviceAlreadyExists, $"The device '{id.DeviceId}' exists already.");

    private async ValueTask<HubResult<DeviceIdentity>> UpdateCoreAsync(DeviceIdentity wanted, IfMatch ifMatch, CancellationToken cancellationToken)
    {
        if ((IdentityRules.Check(wanted) ?? await CheckScopesAsync(wanted, cancellationToken)
            ?? await EnterFamilyAsync(wanted.DeviceId, cancellationToken)) is { } refused)
        {
            return refused;
        }

        try
        {
            return await UpdateInFamilyAsync(wanted, ifMatch, cancellationToken);
        }
        finally
        {
            LeaveFamily(wanted.DeviceId);
        }
    }

    private async ValueTask<HubResult<DeviceIdentity>> UpdateInFamilyAsync(DeviceIdentity wanted, IfMatch ifMatch, CancellationToken cancellationToken)
    {
        var current = await ReadAsync(wanted.Id, cancellationToken);
        if (current is null)
        {
            return await NotFoundAsync(wanted.Id, cancellationToken);
        }

        if (!ifMatch.Matches(current.Etag))
        {
            return Mismatch(wanted.Id, current.Etag, ifMatch);
        }

        var built = IdentityBuilder.Update(current, wanted, _parts.Time.GetUtcNow());
        if (!built.IsSuccess)
        {
            return built.Error;
        }

        var record = built.Value;
        var transaction = new StateTransaction();
        var added = await AddUpdateAsync(transaction, current, record, cancellationToken);
        var applied = false;
        try
        {
            var outcome = await _parts.Twins.CommitUpdateAsync(transaction, record.ToTwinIdentity(), cancellationToken);
            applied = outcome.Applied;
            if (!applied)
            {
                return Mismatch(wanted.Id, current.Etag, ifMatch);
            }
        }
        finally
        {
            _parts.Directory.Invalidate(record.Id); // Also when it is not known whether it took effect.
        }

        await FinishUpdateAsync(current, record, added);
        return Present(record);
    }

    /// <summary>Adds the writes of an update; a device that becomes an edge device gets the modules that one has.</summary>
    /// <returns>The modules that are new.</returns>
    private async ValueTask<List<IdentityRecord>> AddUpdateAsync(
        StateTransaction transaction, IdentityRecord current, IdentityRecord record, CancellationToken cancellationToken)
    {
        transaction.Put(
            IdentityCodec.Collection, IdentityKey.Of(record.Id), _parts.Codec.Encode(record), current.Version, IdentityCodec.TermsOf(record));
        if (!record.IotEdge || current.IotEdge)
        {
            return [];
        }

        var existing = await ReadModulesAsync(record.Id.DeviceId, cancellationToken);
        List<IdentityRecord> added =
            [.. (await MakeEdgeModulesAsync(record.Id.DeviceId, cancellationToken)).Where(module => !existing.Exists(other => other.Id == module.Id))];
        foreach (var module in added)
        {
            transaction.Put(
                IdentityCodec.Collection, IdentityKey.Of(module.Id), _parts.Codec.Encode(module), StateTransaction.Absent, IdentityCodec.TermsOf(module));
        }

        foreach (var module in added)
        {
            _parts.Twins.AddCreate(transaction, module.ToTwinIdentity());
        }

        return added;
    }

    private async ValueTask FinishUpdateAsync(IdentityRecord current, IdentityRecord record, List<IdentityRecord> added)
    {
        _parts.Counters.Updated(current, record);
        foreach (var module in added)
        {
            _parts.Counters.Created(module);
            _parts.Directory.Invalidate(module.Id);
            _parts.Twins.Created(module.Id);
        }

        await CloseAfterUpdateAsync(record);
    }

    private async ValueTask<HubResult<bool>> DeleteCoreAsync(IdentityId id, IfMatch ifMatch, CancellationToken cancellationToken)
    {
        if ((IdentityRules.Check(id) ?? await EnterFamilyAsync(id.DeviceId, cancellationToken)) is { } refused)
        {
            return refused;
        }

        try
        {
            return await DeleteInFamilyAsync(id, ifMatch, cancellationToken);
        }
        finally
        {
            LeaveFamily(id.DeviceId);
        }
    }

    private async ValueTask<HubResult<bool>> DeleteInFamilyAsync(
        IdentityId id, IfMatch ifMatch, CancellationToken cancellationToken, Action<StateTransaction>? mark = null)
    {
        var current = await ReadAsync(id, cancellationToken);
        if (current is null)
        {
            return await NotFoundAsync(id, cancellationToken);
        }

        if (!ifMatch.Matches(current.Etag))
        {
            return Mismatch(id, current.Etag, ifMatch);
        }

        // Modules first, so that their events come before the device's.
        var records = id.IsModule ? [] : await ReadModulesAsync(id.DeviceId, cancellationToken);
        records.Add(current);
        var transaction = new StateTransaction();
        foreach (var record in records)
        {
            transaction.Delete(IdentityCodec.Collection, IdentityKey.Of(record.Id), record.Version);
        }

        mark?.Invoke(transaction);

        try
        {
            var outcome = await _parts.Twins.CommitDeleteAsync(transaction, records.ConvertAll(record => record.Id), cancellationToken);
            if (!outcome.Applied)
            {
                return Mismatch(id, current.Etag, ifMatch);
            }
        }
        finally
        {
            foreach (var record in records)
            {
                _parts.Directory.Invalidate(record.Id);
            }
        }

        foreach (var record in records)
        {
            _parts.Counters.Deleted(record);
            _parts.Connections.Close(record.Id, CloseReason.Deleted);
            _parts.Connections.Forget(record.Id);
        }

        return true;
    }

    private async ValueTask<List<IdentityRecord>> MakeEdgeModulesAsync(string deviceId, CancellationToken cancellationToken)
    {
        var modules = new List<IdentityRecord>();
        foreach (var moduleId in IdentityBuilder.EdgeModules)
        {
            modules.Add(IdentityBuilder.CreateEdgeModule(deviceId, moduleId, await _parts.Generations.NextAsync(cancellationToken)));
        }

        return modules;
    }

    /// <summary>Checks that the scopes that an identity names belong to edge devices of this hub.</summary>
    private async ValueTask<HubError?> CheckScopesAsync(DeviceIdentity wanted, CancellationToken cancellationToken)
    {
        if (wanted.ModuleId is not null)
        {
            return null;
        }

        var ownScope = $"{IdentityBuilder.ScopePrefix}{wanted.DeviceId}-";
        foreach (var scope in (string?[])[wanted.DeviceScope, .. wanted.ParentScopes ?? []])
        {
            // Its own is looked at when the record is built.
            if (string.IsNullOrEmpty(scope) || scope.StartsWith(ownScope, StringComparison.Ordinal))
            {
                continue;
            }

            if (!IdentityBuilder.TryParseScope(scope, out var parent)
                || await _parts.Directory.FindAsync(new IdentityId(parent), cancellationToken) is not { IotEdge: true } edge
                || edge.DeviceScope != scope)
            {
                return new HubError(HubErrorCode.InvalidDeviceScope, $"'{scope}' is not the scope of an edge device of this hub.");
            }
        }

        return null;
    }

    private static HubError Mismatch(IdentityId id, string etag, IfMatch ifMatch) => new(
        HubErrorCode.PreconditionFailed, $"Precondition failed: '{id}' has the etag {etag}, not {ifMatch.Value ?? "any more the one that was read"}.");
}
