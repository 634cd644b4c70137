using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>Reads a registry by queries, which have everything but keys and some scopes, and by a read of each identity.</summary>
internal sealed class QueriedRegistry(ServiceClient hub)
{
    /// <summary>The most devices of one read: their ids have to fit a query of 8192 characters.</summary>
    public const int MaxIds = 50;

    private const int PageSize = 1000; // The most a hub gives; an Azure hub may give fewer.
    private const int ReadsAtOnce = 32;

    /// <summary>Reads all devices, then all modules.</summary>
    public async IAsyncEnumerable<ExportImportDevice> ReadAsync(bool withKeys, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var collection in (string[])["devices", "devices.modules"])
        {
            await foreach (var line in ReadAsync($"SELECT * FROM {collection}", withKeys, cancellationToken).ConfigureAwait(false))
            {
                yield return line;
            }
        }
    }

    /// <summary>Reads some devices with their modules, by id.</summary>
    public async IAsyncEnumerable<ExportImportDevice> ReadAsync(
        IReadOnlyCollection<string> deviceIds, bool withKeys, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Azure's queries may be minutes behind; a twin by its id is not.
        using var slots = new SemaphoreSlim(ReadsAtOnce);
        var families = deviceIds.Select(id => ReadFamilyAsync(id, withKeys, slots, cancellationToken)).ToArray();
        foreach (var family in families)
        {
            foreach (var line in await family.ConfigureAwait(false))
            {
                yield return line;
            }
        }
    }

    private async IAsyncEnumerable<ExportImportDevice> ReadAsync(string query, bool withKeys, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            var page = await hub.QueryPageAsync(query, PageSize, continuation, cancellationToken).ConfigureAwait(false);
            foreach (var line in await CompleteAsync(page.Items, withKeys, cancellationToken).ConfigureAwait(false))
            {
                yield return line;
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    private async Task<List<ExportImportDevice>> CompleteAsync(IReadOnlyList<RawJson> twins, bool withKeys, CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(ReadsAtOnce);
        var lines = await Task.WhenAll(twins.Select(async twin =>
        {
            using var document = twin.ToDocument();
            var root = document.RootElement;
            if (!withKeys)
            {
                return RegistryLine.Of(root, null);
            }

            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var module = root.TryGetProperty("moduleId", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
                var identity = await hub.GetDeviceAsync(new IdentityId(root.GetProperty("deviceId").GetString()!, module), cancellationToken).ConfigureAwait(false);
                return identity is null ? null : RegistryLine.Of(root, identity); // Deleted since the query.
            }
            finally
            {
                slots.Release();
            }
        })).ConfigureAwait(false);
        return [.. lines.OfType<ExportImportDevice>()];
    }

    private async Task<List<ExportImportDevice>> ReadFamilyAsync(string deviceId, bool withKeys, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var lines = new List<ExportImportDevice>();
            if (await hub.GetDeviceAsync(new IdentityId(deviceId), cancellationToken).ConfigureAwait(false) is not { } device)
            {
                return lines;
            }

            foreach (var identity in (await hub.ListModulesAsync(deviceId, cancellationToken).ConfigureAwait(false)).Prepend(device))
            {
                try
                {
                    using var twin = (await hub.GetTwinAsync(identity.Id, cancellationToken).ConfigureAwait(false)).ToDocument();
                    var line = RegistryLine.Of(twin.RootElement, identity);
                    lines.Add(withKeys ? line : line with { Authentication = null });
                }
                catch (HubException e) when (e.HttpStatus == 404)
                {
                    // Deleted since it was listed.
                }
            }

            return lines;
        }
        finally
        {
            slots.Release();
        }
    }
}
