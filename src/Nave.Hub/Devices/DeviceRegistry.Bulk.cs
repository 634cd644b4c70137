using System.Buffers;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Limits;

namespace Nave.Hub.Devices;

/// <content>Bulk changes.</content>
public sealed partial class DeviceRegistry
{
    /// <summary>
    /// Applies up to 100 changes, each on its own, in few durable commits: changes of different devices run at the same time, those of
    /// one device in the order given. Once it has begun, all of it is done: a caller who goes away does not leave half of it.
    /// </summary>
    /// <returns>What became of each; or 400004 (more than 100), 400011 (one identity twice), 429001.</returns>
    public async ValueTask<HubResult<BulkRegistryResult>> BulkAsync(IReadOnlyList<ExportImportDevice> changes, CancellationToken cancellationToken)
    {
        if (_parts.Throttle.TryTake(ThrottledOperation.Registry) is { } throttled)
        {
            return throttled;
        }

        if (changes.Count > MaxBulkChanges)
        {
            return new HubError(HubErrorCode.ArgumentInvalid, $"A bulk call has {changes.Count} changes; {MaxBulkChanges} are permitted.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var seen = new HashSet<IdentityId>(changes.Count);
        foreach (var change in changes)
        {
            // A list in JSON may hold null, whatever its type says.
            if (change is null)
            {
                return new HubError(HubErrorCode.ArgumentInvalid, "An entry of the bulk call is null; an object is needed.");
            }

            if (!seen.Add(IdOf(change)))
            {
                return new HubError(HubErrorCode.DeviceDefinedMultipleTimes, $"'{IdOf(change)}' is in the bulk call more than once.");
            }
        }

        var errors = new BulkRegistryError?[changes.Count];
        var warnings = new BulkRegistryWarning?[changes.Count];
        await Task.WhenAll(changes
            .Select((change, index) => (Change: change, Index: index))
            .GroupBy(item => item.Change.Id ?? "", StringComparer.Ordinal)
            .Select(async family =>
            {
                foreach (var (change, index) in family)
                {
                    (errors[index], warnings[index]) = await ApplyAsync(change, CancellationToken.None);
                }
            }));

        var failed = errors.OfType<BulkRegistryError>().ToArray();
        return new BulkRegistryResult { IsSuccessful = failed.Length == 0, Errors = failed, Warnings = [.. warnings.OfType<BulkRegistryWarning>()] };
    }

    private static IdentityId IdOf(ExportImportDevice change) =>
        new(change.Id ?? "", string.IsNullOrEmpty(change.ModuleId) ? null : change.ModuleId);

    private async Task<(BulkRegistryError? Error, BulkRegistryWarning? Warning)> ApplyAsync(ExportImportDevice change, CancellationToken cancellationToken)
    {
        var mode = change.ImportMode ?? ImportMode.Create;
        var id = IdOf(change);
        BulkRegistryWarning? warning = null;
        HubError? error;
        switch (mode)
        {
            case ImportMode.Create:
                (error, warning) = await CreateWithTwinAsync(change, cancellationToken);
                break;
            case ImportMode.Update:
            case ImportMode.UpdateIfMatchETag:
                var ifMatch = mode == ImportMode.Update ? new IfMatch("*") : IfMatch.Parse(change.ETag);
                error = (await UpdateCoreAsync(change.ToIdentity(), ifMatch, cancellationToken)).Error;
                error ??= HasTwin(change) ? await PatchTwinAsync(id, change, null, cancellationToken) : null;
                break;
            case ImportMode.CreateOrUpdate:
            case ImportMode.CreateOrUpdateIfMatchETag:
                error = IdentityRules.Check(id) ?? await ImportAsync(change, static (_, _) => { }, cancellationToken);
                break;
            case ImportMode.Delete:
            case ImportMode.DeleteIfMatchETag:
                error = (await DeleteCoreAsync(id, mode == ImportMode.Delete ? new IfMatch("*") : IfMatch.Parse(change.ETag), cancellationToken)).Error;
                break;
            default:
                error = IdentityRules.Check(id)
                    ?? await PatchTwinAsync(id, change, mode == ImportMode.UpdateTwin ? null : IfMatch.Parse(change.TwinETag).Value, cancellationToken);
                break;
        }

        return (error is null ? null : new BulkRegistryError
        {
            DeviceId = id.DeviceId,
            ModuleId = id.ModuleId,
            ErrorCode = error.Code.ToString(),
            ErrorStatus = error.Message,
            Operation = JsonNamingPolicy.CamelCase.ConvertName(mode.ToString()),
        }, warning);
    }

    /// <summary>Creates an identity; if only its twin's content is wrong, without that, as Azure does.</summary>
    private async Task<(HubError? Error, BulkRegistryWarning? Warning)> CreateWithTwinAsync(ExportImportDevice change, CancellationToken cancellationToken)
    {
        var identity = change.ToIdentity();
        if (!HasTwin(change))
        {
            return ((await CreateCoreAsync(identity, default, cancellationToken)).Error, null);
        }

        var error = (await CreateCoreAsync(identity, EncodeTwin(change, withReported: true), cancellationToken)).Error;
        if (error is not { Code: HubErrorCode.ArgumentInvalid } wrongTwin
            || (await CreateCoreAsync(identity, default, cancellationToken)).Error is not null)
        {
            return (error, null); // Not the twin's fault.
        }

        return (null, new BulkRegistryWarning
        {
            DeviceId = identity.DeviceId,
            WarningCode = "DeviceRegisteredWithoutTwin",
            WarningStatus = wrongTwin.Message,
        });
    }

    private async Task<HubError?> PatchTwinAsync(IdentityId id, ExportImportDevice change, string? ifMatch, CancellationToken cancellationToken) =>
        (await _parts.Twins.PatchAsync(id, EncodeTwin(change, withReported: false), ifMatch, cancellationToken)).Error;

    private static bool HasTwin(ExportImportDevice change) =>
        !change.Tags.IsUndefined || change.Properties is { Desired.IsUndefined: false } or { Reported.IsUndefined: false };

    /// <summary>Encodes the twin's content of a line as the service API has it.</summary>
    private static ReadOnlyMemory<byte> EncodeTwin(ExportImportDevice change, bool withReported)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        Write(writer, "tags"u8, change.Tags);
        writer.WriteStartObject("properties"u8);
        Write(writer, "desired"u8, change.Properties?.Desired ?? default);
        if (withReported)
        {
            Write(writer, "reported"u8, change.Properties?.Reported ?? default);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;

        static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, RawJson json)
        {
            if (!json.IsUndefined && !json.IsNull)
            {
                writer.WritePropertyName(name);
                writer.WriteRawValue(json.Utf8.Span, skipInputValidation: true);
            }
        }
    }
}
