using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Planning;

namespace Nave.Fleet.Sync.Applying;

/// <summary>Makes changes on a hub with bulk calls.</summary>
/// <param name="service">The hub.</param>
/// <param name="syncName">The name of the sync, as in its marks.</param>
/// <param name="time">The clock.</param>
internal sealed class HubWriter(ServiceClient service, string syncName, TimeProvider time)
{
    /// <summary>Azure's limit of one bulk call (wire facts 9.3).</summary>
    public const int BatchSize = 100;

    private const int MaxAttempts = 4;

    /// <summary>Makes up to <see cref="BatchSize"/> changes.</summary>
    /// <returns>What became of each, in order.</returns>
    /// <exception cref="HubException">The whole call was refused.</exception>
    /// <exception cref="HttpRequestException">The hub could not be reached, also after a while.</exception>
    public async Task<IReadOnlyList<ChangeResult>> BulkAsync(IReadOnlyList<PlannedChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            return [];
        }

        ExportImportDevice[] lines = [.. changes.Select(change => LineOf(change, keys: null))];
        var (result, repeated) = await CallAsync(lines, cancellationToken).ConfigureAwait(false);
        var errors = result.Errors.ToLookup(error => error.DeviceId, StringComparer.Ordinal);
        var warnings = result.Warnings.ToLookup(warning => warning.DeviceId, StringComparer.Ordinal);
        var results = new ChangeResult[changes.Count];
        for (var i = 0; i < changes.Count; i++)
        {
            var id = changes[i].DeviceId;
            if (errors[id].FirstOrDefault() is { } error)
            {
                results[i] = await ResultOfAsync(changes[i], error.ErrorCode, error.ErrorStatus, repeated, cancellationToken).ConfigureAwait(false);
            }
            else if (warnings[id].FirstOrDefault() is { } warning && changes[i].Hub!.Action == PlanAction.Create) // What comes here has a hub part.
            {
                // Without its twin it has no mark, and would be nobody's.
                await service.DeleteDeviceAsync(new IdentityId(id), cancellationToken: cancellationToken).ConfigureAwait(false);
                results[i] = new ChangeResult($"{warning.WarningCode}: {warning.WarningStatus}");
            }
        }

        return results;
    }

    /// <summary>Makes the line of a change; with keys for the one that makes none itself.</summary>
    public static ExportImportDevice LineOf(PlannedChange change, SymmetricKeys? keys)
    {
        var hub = change.Hub!; // What comes here has a hub part.
        return hub.Action switch
        {
            PlanAction.Create => new ExportImportDevice
            {
                Id = change.DeviceId,
                ImportMode = ImportMode.Create,
                Status = DeviceStatus.Enabled,

                // The hub makes keys for who brings empty ones (wire facts 2.7), and keeps them.
                Authentication = new DeviceAuthentication
                {
                    Type = AuthenticationType.Sas, SymmetricKey = keys ?? new SymmetricKeys { PrimaryKey = string.Empty, SecondaryKey = string.Empty },
                },
                Tags = RawJson.Parse(hub.Tags ?? "{}"),
            },
            PlanAction.Delete => new ExportImportDevice
            {
                Id = change.DeviceId, ImportMode = hub.ETag is null ? ImportMode.Delete : ImportMode.DeleteIfMatchETag, ETag = hub.ETag,
            },
            _ => new ExportImportDevice
            {
                Id = change.DeviceId,
                ImportMode = hub.ETag is null ? ImportMode.UpdateTwin : ImportMode.UpdateTwinIfMatchETag,
                TwinETag = hub.ETag,
                Tags = RawJson.Parse(hub.Tags ?? "{}"),
            },
        };
    }

    /// <summary>Makes what an error of the hub means for a change.</summary>
    /// <param name="change">The change.</param>
    /// <param name="code">The name of the error's code.</param>
    /// <param name="sentence">The hub's words.</param>
    /// <param name="repeated">Whether an earlier attempt may have taken effect.</param>
    /// <param name="cancellationToken">Ends the look at the hub.</param>
    public async Task<ChangeResult> ResultOfAsync(
        PlannedChange change, string code, string? sentence, bool repeated, CancellationToken cancellationToken)
    {
        switch (code)
        {
            case nameof(HubErrorCode.DeviceNotFound) when change.Hub!.Action == PlanAction.Delete: // As above.
                return ChangeResult.Done;
            case nameof(HubErrorCode.DeviceAlreadyExists) when repeated && await IsOursAsync(change.DeviceId, cancellationToken).ConfigureAwait(false):
                return ChangeResult.Done;
            case nameof(HubErrorCode.PreconditionFailed):
                return new ChangeResult("It was changed on the hub meanwhile; the next run looks at it again.", IsTransient: true);
            default:
                return new ChangeResult(sentence is null ? code : $"{code}: {sentence}", code.Contains("Throttl", StringComparison.Ordinal));
        }
    }

    private async Task<bool> IsOursAsync(string deviceId, CancellationToken cancellationToken)
    {
        var twin = await service.GetTwinAsync(new IdentityId(deviceId), cancellationToken).ConfigureAwait(false);
        using var document = twin.ToDocument();
        return HubListing.Row(document.RootElement, json: false).Mark?.Name == syncName;
    }

    /// <summary>Calls, and calls again when nobody knows what became of the first call.</summary>
    private async Task<(BulkRegistryResult Result, bool Repeated)> CallAsync(ExportImportDevice[] lines, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (await service.BulkAsync(lines, cancellationToken).ConfigureAwait(false), attempt > 1);
            }
            catch (Exception e) when (attempt < MaxAttempts && e is HttpRequestException or TimeoutException or HubException { IsTransient: true })
            {
                await Task.Delay(TimeSpan.FromSeconds(1 << attempt), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
