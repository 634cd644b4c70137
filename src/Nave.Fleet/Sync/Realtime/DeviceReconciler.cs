using System.Text.Json;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;
using Nave.Fleet.Sync.Work;

namespace Nave.Fleet.Sync.Realtime;

/// <summary>
/// Brings one device of a hub that is the master to the external registry, or takes it away there. What the event said does not matter:
/// the hub is asked, so events may come twice and in any order. What the sync made is written down before it is made (without fields) and
/// after it was (with them), so a process that is killed in between makes no second device, and no device that somebody else made is ever
/// changed or deleted.
/// </summary>
internal sealed class DeviceReconciler : IWorkHandler
{
    private static readonly Dictionary<string, string> s_noFields = [];

    private readonly SyncConfiguration _configuration;
    private readonly ServiceClient _hub;
    private readonly IDeviceProvider _provider;
    private readonly SyncStore _store;
    private readonly SyncEvents _events;
    private readonly TimeProvider _time;
    private readonly Fingerprint _fingerprint;

    public DeviceReconciler(
        SyncConfiguration configuration, ServiceClient hub, IDeviceProvider provider, SyncStore store, SyncEvents events, TimeProvider time)
    {
        _configuration = configuration;
        _hub = hub;
        _provider = provider;
        _store = store;
        _events = events;
        _time = time;
        _fingerprint = new Fingerprint(store.Salt);
    }

    private ProviderTraits Traits => _provider.Traits;

    /// <inheritdoc/>
    public async Task<WorkResult> RunAsync(WorkItem item, CancellationToken cancellationToken)
    {
        var operation = item.Operation;
        try
        {
            var device = await ReadHubAsync(item.DeviceId, cancellationToken).ConfigureAwait(false);
            operation = device is null ? WorkOperation.Delete : WorkOperation.Create;
            return device is null
                ? await RemoveAsync(item.DeviceId, cancellationToken).ConfigureAwait(false)
                : await BringAsync(device, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e)
        {
            // Credentials that are refused are no device's fault: they are put right some time, and then all work goes on.
            var mayPass = e.Failure is ProviderFailure.Transient or ProviderFailure.Authentication;
            return Failed(mayPass, e.Message, operation, e.RetryAfter);
        }
        catch (HubException e)
        {
            return Failed(e.IsTransient || e.HttpStatus is 401 or 403 or 412, $"The hub: {e.Message}", operation);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException or InvalidDataException)
        {
            return Failed(true, $"The hub: {e.Message}", operation);
        }
    }

    private static WorkResult Failed(bool mayPass, string reason, WorkOperation operation, TimeSpan? retryAfter = null) =>
        (mayPass ? WorkResult.Retry(WorkPhase.ExternalCall, reason, retryAfter) : WorkResult.Permanent(WorkPhase.ExternalCall, reason)) with
        {
            Operation = operation,
        };

    private async Task<HubDevice?> ReadHubAsync(string deviceId, CancellationToken cancellationToken)
    {
        RawJson twin;
        try
        {
            twin = await _hub.GetTwinAsync(new IdentityId(deviceId), cancellationToken).ConfigureAwait(false);
        }
        catch (HubException e) when (e.HttpStatus == 404 && e.Code is HubErrorCode.DeviceNotFound or HubErrorCode.None)
        {
            return null;
        }

        using var document = twin.ToDocument();
        var tags = document.RootElement.TryGetProperty("tags", out var section) ? section : default(JsonElement);
        return new HubDevice { DeviceId = deviceId, Tags = TagFields.Read(tags, Traits.ValuesAreJson, out _) };
    }

    private async Task<WorkResult> RemoveAsync(string deviceId, CancellationToken cancellationToken)
    {
        if (await _store.GetDeviceAsync(_configuration.Name, deviceId, cancellationToken).ConfigureAwait(false) is not { } known)
        {
            return WorkResult.Done("The device is gone, and the external registry has none that this sync made for it.");
        }

        if (!Traits.CanDelete)
        {
            return WorkResult.Permanent(WorkPhase.ExternalCall, $"Devices cannot be deleted with the provider {Traits.Name}.") with { Operation = WorkOperation.Delete };
        }

        await _provider.DeleteAsync(ByKey(known.Key), cancellationToken).ConfigureAwait(false);
        await RememberAsync(deviceId, null, cancellationToken).ConfigureAwait(false);
        Tell(SyncEventKind.ExternalDeviceDeleted, deviceId, "It is gone from the hub.");
        return WorkResult.Done("Deleted.");
    }

    private async Task<WorkResult> BringAsync(HubDevice device, CancellationToken cancellationToken)
    {
        // 1. Complete?
        if (_provider.Validate(device) is { Count: > 0 } problems)
        {
            return WorkResult.Retry(WorkPhase.TwinCheck, string.Join(' ', problems.Select(problem => problem.Message))) with { Operation = WorkOperation.Create };
        }

        // 2. As it was brought last? Then a repeated event costs no call.
        var wanted = _provider.ToExternal(device);
        var known = await _store.GetDeviceAsync(_configuration.Name, device.DeviceId, cancellationToken).ConfigureAwait(false);
        var fields = _fingerprint.Of(wanted.Fields);
        if (known is not null && known.Key == wanted.Key && known.Fields is not null && Same(known.Fields, fields))
        {
            return WorkResult.Done("Unchanged.");
        }

        // 3. Another key is another device over there: the one that this sync made goes first.
        if (known is not null && known.Key != wanted.Key)
        {
            if (!Traits.CanDelete)
            {
                return WorkResult.Permanent(WorkPhase.ExternalCall, $"The device has another key now, and the provider {Traits.Name} cannot delete the one before.");
            }

            await _provider.DeleteAsync(ByKey(known.Key), cancellationToken).ConfigureAwait(false);
            await RememberAsync(device.DeviceId, null, cancellationToken).ConfigureAwait(false);
            Tell(SyncEventKind.ExternalDeviceDeleted, device.DeviceId, "It has another key now.");
            known = null;
        }

        // 4. There already?
        var current = await _provider.FindAsync(wanted.Key, cancellationToken).ConfigureAwait(false);
        if (current is null)
        {
            return await CreateAsync(device.DeviceId, wanted, fields, cancellationToken).ConfigureAwait(false);
        }

        return known is null
            ? await ForeignAsync(cancellationToken).ConfigureAwait(false)
            : await ChangeAsync(device.DeviceId, known, current, wanted, fields, cancellationToken).ConfigureAwait(false);
    }

    private async Task<WorkResult> CreateAsync(
        string deviceId, ExternalDevice wanted, Dictionary<string, string> fields, CancellationToken cancellationToken)
    {
        if (!Traits.CanCreate)
        {
            return WorkResult.Permanent(WorkPhase.ExternalCall, $"Devices cannot be created with the provider {Traits.Name}.");
        }

        await RememberAsync(deviceId, new SyncedDevice { Key = wanted.Key, Time = _time.GetUtcNow() }, cancellationToken).ConfigureAwait(false);
        try
        {
            await _provider.CreateAsync(wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.AlreadyExists)
        {
            // It was not there a moment ago, and this is the only worker of the device: somebody else made it.
            await RememberAsync(deviceId, null, cancellationToken).ConfigureAwait(false);
            return await ForeignAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.Permanent or ProviderFailure.NotFound)
        {
            await RememberAsync(deviceId, null, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await RememberAsync(deviceId, Brought(wanted.Key, fields), cancellationToken).ConfigureAwait(false);
        Tell(SyncEventKind.ExternalDeviceCreated, deviceId, null);
        return WorkResult.Done("Created.");
    }

    private async Task<WorkResult> ChangeAsync(
        string deviceId, SyncedDevice known, ExternalDevice current, ExternalDevice wanted, Dictionary<string, string> fields, CancellationToken cancellationToken)
    {
        // An attempt that was broken off may have made it with other fields; of those that cannot be read nobody can tell.
        var comparison = ExternalComparison.Of(Traits, current, wanted, known, _fingerprint);
        if (comparison.Differences.Count == 0)
        {
            await RememberAsync(deviceId, Brought(wanted.Key, fields), cancellationToken).ConfigureAwait(false);
            return WorkResult.Done("Unchanged.");
        }

        var changed = string.Join(", ", comparison.Differences.Select(difference => difference.Name));
        if (comparison.Recreate)
        {
            if (!Traits.CanDelete || !Traits.CanCreate)
            {
                return WorkResult.Permanent(WorkPhase.ExternalCall, $"With the provider {Traits.Name} these cannot be changed: {changed}.");
            }

            await RememberAsync(deviceId, new SyncedDevice { Key = wanted.Key, Time = _time.GetUtcNow() }, cancellationToken).ConfigureAwait(false);
            await _provider.DeleteAsync(current, cancellationToken).ConfigureAwait(false);
            Tell(SyncEventKind.ExternalDeviceDeleted, deviceId, $"To be made anew with other {changed}.");
            return await CreateAsync(deviceId, comparison.Wanted, fields, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await _provider.UpdateAsync(current, comparison.Wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.Failure is ProviderFailure.NotFound)
        {
            return await CreateAsync(deviceId, wanted, fields, cancellationToken).ConfigureAwait(false);
        }

        await RememberAsync(deviceId, Brought(wanted.Key, fields), cancellationToken).ConfigureAwait(false);
        return WorkResult.Done($"Changed: {changed}.");
    }

    private async Task<WorkResult> ForeignAsync(CancellationToken cancellationToken)
    {
        // A run that is under way may have made it and not have written it down yet.
        if (await _store.GetLeaseAsync(_configuration.Hub.Connection.HostName, cancellationToken).ConfigureAwait(false) is { } lease)
        {
            return WorkResult.Retry(WorkPhase.ExternalCall, $"The external registry has the device already; run {lease.RunId} is under way.");
        }

        return WorkResult.Permanent(
            WorkPhase.ExternalCall,
            "The external registry has a device with this key that this sync did not make. Take it over with 'nave sync apply --adopt', then retry.");
    }

    private static bool Same(IReadOnlyDictionary<string, string> left, Dictionary<string, string> right) =>
        left.Count == right.Count && left.All(field => right.TryGetValue(field.Key, out var value) && value == field.Value);

    private static ExternalDevice ByKey(string key) => new() { Key = key, Fields = s_noFields };

    private SyncedDevice Brought(string key, Dictionary<string, string> fields) => new() { Key = key, Fields = fields, Time = _time.GetUtcNow() };

    private Task RememberAsync(string deviceId, SyncedDevice? device, CancellationToken cancellationToken) =>
        _store.PutDevicesAsync(_configuration.Name, [new(deviceId, device)], cancellationToken);

    private void Tell(SyncEventKind kind, string deviceId, string? reason) =>
        _events.Emit(kind, _configuration.Hub.Connection.HostName, deviceId, runId: null, reason);
}
