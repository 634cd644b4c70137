using System.Buffers;
using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>Writes lines with what Azure's service API has: bulk creates, and for what exists an update of the identity and a replacement of its twin.</summary>
internal sealed class BulkWriter(ServiceClient hub)
{
    private readonly Dictionary<string, string> _scopes = new(StringComparer.Ordinal);

    /// <summary>The most lines of one call.</summary>
    public const int MaxLines = 100;

    private const int TwinsAtOnce = 16;

    /// <summary>Writes lines of different identities. A scope is the target's own one of the same device; a line whose parent is not there yet fails with 400028.</summary>
    public async Task<RegistryWriteResult> WriteAsync(IReadOnlyList<ExportImportDevice> lines, CancellationToken cancellationToken)
    {
        lines = await Task.WhenAll(lines.Select(line => WithScopesAsync(line, cancellationToken))).ConfigureAwait(false);
        var errors = new Dictionary<int, RegistryWriteError>();

        // 1. What is to go. A device takes its modules with it, so these are gone already when their turn comes.
        await RunAsync(lines, line => line.ImportMode == ImportMode.Delete, ImportMode.Delete, errors, cancellationToken).ConfigureAwait(false);
        foreach (var (index, error) in errors.ToArray())
        {
            if (error.ErrorCode is nameof(HubErrorCode.DeviceNotFound) or nameof(HubErrorCode.ModuleNotFound))
            {
                errors.Remove(index);
            }
        }

        // 2. What is new, devices before modules.
        var existing = new Dictionary<int, RegistryWriteError>();
        foreach (var modules in (bool[])[false, true])
        {
            await RunAsync(
                lines, line => line.ImportMode != ImportMode.Delete && string.IsNullOrEmpty(line.ModuleId) != modules, ImportMode.Create, existing, cancellationToken)
                .ConfigureAwait(false);
        }

        // 3. What was there.
        var there = existing.Where(error => error.Value.ErrorCode is nameof(HubErrorCode.DeviceAlreadyExists) or nameof(HubErrorCode.ModuleAlreadyExistsOnDevice))
            .Select(error => error.Key).ToHashSet();
        foreach (var (index, error) in existing.Where(error => !there.Contains(error.Key)))
        {
            errors[index] = error;
        }

        if (there.Count > 0)
        {
            var updates = new List<(int Index, ExportImportDevice Line)>(there.Order().Select(index => (index, lines[index])));
            await UpdateAsync(updates, errors, cancellationToken).ConfigureAwait(false);
        }

        return new RegistryWriteResult { Applied = lines.Count - errors.Count, Errors = [.. errors.Values.OrderBy(error => error.Index)] };
    }

    private async Task<ExportImportDevice> WithScopesAsync(ExportImportDevice line, CancellationToken cancellationToken)
    {
        if (line.ImportMode == ImportMode.Delete || (string.IsNullOrEmpty(line.DeviceScope) && line.ParentScopes is not { Count: > 0 }))
        {
            return line;
        }

        // An edge device's own scope is made with it.
        var isEdge = line.Capabilities?.IotEdge == true;
        var parents = new List<string>();
        foreach (var parent in line.ParentScopes ?? [])
        {
            parents.Add(await ScopeOfAsync(parent, cancellationToken).ConfigureAwait(false));
        }

        return line with
        {
            DeviceScope = isEdge || string.IsNullOrEmpty(line.DeviceScope) ? null : await ScopeOfAsync(line.DeviceScope, cancellationToken).ConfigureAwait(false),
            ParentScopes = parents.Count > 0 ? parents : null,
        };
    }

    private async Task<string> ScopeOfAsync(string scope, CancellationToken cancellationToken)
    {
        lock (_scopes)
        {
            if (_scopes.TryGetValue(scope, out var known))
            {
                return known;
            }
        }

        var device = await hub.GetDeviceAsync(new IdentityId(EdgeScope.DeviceOf(scope)!), cancellationToken).ConfigureAwait(false); // A scope is not empty.
        if (device?.DeviceScope is not { } own)
        {
            return scope; // The hub says that it is of no device here.
        }

        lock (_scopes)
        {
            return _scopes[scope] = own;
        }
    }

    private async Task RunAsync(
        IReadOnlyList<ExportImportDevice> lines, Func<ExportImportDevice, bool> isWanted, ImportMode mode, Dictionary<int, RegistryWriteError> errors,
        CancellationToken cancellationToken)
    {
        var wanted = Enumerable.Range(0, lines.Count).Where(index => isWanted(lines[index])).ToArray();
        if (wanted.Length == 0)
        {
            return;
        }

        var result = await hub.BulkAsync([.. wanted.Select(index => lines[index] with { ImportMode = mode, ETag = null, TwinETag = null })], cancellationToken)
            .ConfigureAwait(false);
        var places = wanted.ToDictionary(index => KeyOf(lines[index].Id, lines[index].ModuleId));
        foreach (var error in result.Errors)
        {
            if (places.TryGetValue(KeyOf(error.DeviceId, error.ModuleId), out var index))
            {
                errors[index] = ErrorOf(index, lines[index], error.ErrorCode, error.ErrorStatus);
            }
        }
    }

    private async Task UpdateAsync(List<(int Index, ExportImportDevice Line)> updates, Dictionary<int, RegistryWriteError> errors, CancellationToken cancellationToken)
    {
        var failed = new Dictionary<int, RegistryWriteError>();
        await RunAsync(
            [.. updates.Select(update => update.Line with { Tags = default, Properties = null })], _ => true, ImportMode.Update, failed, cancellationToken)
            .ConfigureAwait(false);
        foreach (var (place, error) in failed)
        {
            errors[updates[place].Index] = error with { Index = updates[place].Index };
        }

        using var slots = new SemaphoreSlim(TwinsAtOnce);
        var outcomes = await Task.WhenAll(updates.Where((_, place) => !failed.ContainsKey(place)).Select(async update =>
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await ReplaceTwinAsync(update.Index, update.Line, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        })).ConfigureAwait(false);
        foreach (var error in outcomes.OfType<RegistryWriteError>())
        {
            errors[error.Index] = error;
        }
    }

    private async Task<RegistryWriteError?> ReplaceTwinAsync(int index, ExportImportDevice line, CancellationToken cancellationToken)
    {
        try
        {
            var twin = await hub.ReplaceTwinAsync(new IdentityId(line.Id!, string.IsNullOrEmpty(line.ModuleId) ? null : line.ModuleId), TwinOf(line), null, cancellationToken)
                .ConfigureAwait(false);
            using var document = twin.ToDocument();
            var now = RegistryLine.Of(document.RootElement, null).Properties?.Reported ?? default;
            return TwinSectionMark.Of(now) == TwinSectionMark.Of(line.Properties?.Reported ?? default)
                ? null
                : ErrorOf(index, line, nameof(HubErrorCode.InvalidOperation), "The reported properties differ, and the hub lets only the device itself change them.");
        }
        catch (HubException e)
        {
            return ErrorOf(index, line, e.Code.ToString(), e.Message);
        }
    }

    private static RawJson TwinOf(ExportImportDevice line)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Section(json, "tags", line.Tags);
            json.WriteStartObject("properties");
            Section(json, "desired", line.Properties?.Desired ?? default);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return RawJson.FromTrusted(buffer.WrittenMemory);

        static void Section(Utf8JsonWriter json, string name, RawJson section)
        {
            json.WriteStartObject(name);
            if (!section.IsUndefined && !section.IsNull)
            {
                using var document = section.ToDocument();
                foreach (var member in document.RootElement.EnumerateObject().Where(member => member.Name is not ("$metadata" or "$version")))
                {
                    member.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }
    }

    private static (string, string) KeyOf(string? device, string? module) => (device ?? string.Empty, module ?? string.Empty);

    private static RegistryWriteError ErrorOf(int index, ExportImportDevice line, string? code, string? status) => new()
    {
        Index = index,
        DeviceId = line.Id,
        ModuleId = string.IsNullOrEmpty(line.ModuleId) ? null : line.ModuleId,
        ErrorCode = code ?? string.Empty,
        ErrorStatus = status ?? string.Empty,
    };
}
