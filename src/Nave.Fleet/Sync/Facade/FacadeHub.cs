using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Sync.Facade;

/// <summary>Creates and deletes devices of one hub for external systems. Every call may be repeated.</summary>
/// <param name="service">The hub.</param>
/// <param name="markOf">Makes the sync's mark for a new device; <see langword="null"/> = none: no run will change or delete it.</param>
internal sealed class FacadeHub(ServiceClient service, Func<HubDevice, SyncMark?> markOf)
{
    /// <summary>The status reason of a device that was deleted softly: the words of the synchronizer that Nave replaces.</summary>
    public const string SoftDeleted = "Deleted by external system";

    // Two callers that change one device at the same moment: whoever is late looks again.
    private const int MaxAttempts = 5;

    /// <summary>Gets the hub's host name.</summary>
    public string HostName => service.HostName;

    /// <summary>Makes sure that there is a device with these tags.</summary>
    /// <exception cref="HubException">The hub refused.</exception>
    public async Task<FacadeOutcome> CreateAsync(string deviceId, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        var id = new IdentityId(deviceId);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await service.GetDeviceAsync(id, cancellationToken).ConfigureAwait(false) is not { } device)
                {
                    if (await TryCreateAsync(deviceId, tags, cancellationToken).ConfigureAwait(false))
                    {
                        return FacadeOutcome.Created;
                    }

                    // Another was faster.
                    if (attempt < MaxAttempts)
                    {
                        continue;
                    }

                    throw new FacadeRefusedException(StatusCodes.Status409Conflict, $"The device '{deviceId}' is being created and deleted by others.");
                }

                var isDeleted = IsSoftDeleted(device);
                var changed = await SetTagsAsync(id, tags, isDeleted, cancellationToken).ConfigureAwait(false);
                if (!isDeleted)
                {
                    return changed ? FacadeOutcome.Updated : FacadeOutcome.Unchanged;
                }

                // Enabled last: a device never lives with the tags of its life before.
                await service.UpdateDeviceAsync(device with { Status = DeviceStatus.Enabled, StatusReason = null }, device.ETag, cancellationToken).ConfigureAwait(false);
                return FacadeOutcome.Revived;
            }
            catch (HubException e) when (e.HttpStatus is 404 or 412 && attempt < MaxAttempts)
            {
                // It changed or went between two calls.
            }
        }
    }

    /// <summary>Deletes a device, or disables it.</summary>
    /// <exception cref="HubException">The hub refused.</exception>
    public async Task<FacadeOutcome> DeleteAsync(string deviceId, bool softly, CancellationToken cancellationToken)
    {
        var id = new IdentityId(deviceId);
        try
        {
            if (!softly)
            {
                await service.DeleteDeviceAsync(id, etag: null, cancellationToken).ConfigureAwait(false);
                return FacadeOutcome.Deleted;
            }

            for (var attempt = 1; ; attempt++)
            {
                if (await service.GetDeviceAsync(id, cancellationToken).ConfigureAwait(false) is not { } device)
                {
                    return FacadeOutcome.NotFound;
                }

                if (IsSoftDeleted(device))
                {
                    return FacadeOutcome.Unchanged;
                }

                try
                {
                    var disabled = device with { Status = DeviceStatus.Disabled, StatusReason = SoftDeleted };
                    await service.UpdateDeviceAsync(disabled, device.ETag, cancellationToken).ConfigureAwait(false);
                    return FacadeOutcome.Disabled;
                }
                catch (HubException e) when (e.HttpStatus == 412 && attempt < MaxAttempts)
                {
                    // It changed between the two calls.
                }
            }
        }
        catch (HubException e) when (e.HttpStatus == 404)
        {
            return FacadeOutcome.NotFound;
        }
    }

    private static bool IsSoftDeleted(DeviceIdentity device) => device.Status == DeviceStatus.Disabled && device.StatusReason == SoftDeleted;

    // In one call with its tags: whoever hears of the device finds them.
    private async Task<bool> TryCreateAsync(string deviceId, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        var mark = markOf(new HubDevice { DeviceId = deviceId, Tags = tags });
        if (TagFields.TryWrite(tags, mark, json: false, out var written) is { } problem)
        {
            throw new FacadeRefusedException(StatusCodes.Status400BadRequest, problem);
        }

        var line = new ExportImportDevice { Id = deviceId, ImportMode = ImportMode.Create, Status = DeviceStatus.Enabled, Tags = RawJson.Parse(written) };
        var result = await service.BulkAsync([line], cancellationToken).ConfigureAwait(false);
        if (result.IsSuccessful)
        {
            return true;
        }

        var error = result.Errors.Count > 0 ? result.Errors[0] : null;
        return error?.ErrorCode is "DeviceAlreadyExists"
            ? false
            : throw new FacadeRefusedException(
                StatusCodes.Status400BadRequest, $"The hub refused the device: {error?.ErrorCode ?? "no reason given"}. {error?.ErrorStatus}");
    }

    private async Task<bool> SetTagsAsync(IdentityId id, IReadOnlyDictionary<string, string> tags, bool replace, CancellationToken cancellationToken)
    {
        var twin = await service.GetTwinAsync(id, cancellationToken).ConfigureAwait(false);
        using var document = twin.ToDocument();
        var patch = new JsonObject();
        var present = document.RootElement.TryGetProperty("tags", out var section) && section.ValueKind == JsonValueKind.Object
            ? section.EnumerateObject().ToDictionary(tag => tag.Name, tag => tag.Value, StringComparer.Ordinal)
            : [];
        foreach (var (name, value) in tags)
        {
            if (!present.TryGetValue(name, out var current) || current.ValueKind != JsonValueKind.String || current.GetString() != value)
            {
                patch[name] = value;
            }
        }

        if (replace)
        {
            foreach (var name in present.Keys.Where(name => name != SyncMark.Tag && !tags.ContainsKey(name)))
            {
                patch[name] = null;
            }
        }

        if (patch.Count == 0)
        {
            return false;
        }

        await service.PatchTwinAsync(id, ToJson(new JsonObject { ["tags"] = patch }), etag: null, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private static RawJson ToJson(JsonObject value) => RawJson.FromTrusted(JsonSerializer.SerializeToUtf8Bytes(value));
}
