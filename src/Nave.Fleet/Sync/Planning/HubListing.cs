using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Client;

namespace Nave.Fleet.Sync.Planning;

/// <summary>Lists the devices of a hub: by a query, for a plain listing of a hub ends at 1,000.</summary>
internal static class HubListing
{
    // Of twins of up to 72 KiB, a page is 7 MiB at most; of usual ones 100 KiB.
    private const int PageSize = 100;

    private const int FullPageSize = 500;

    /// <summary>Streams all devices, in the hub's order.</summary>
    /// <param name="service">The hub.</param>
    /// <param name="json">Whether texts of tags are JSON.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="HubException">The hub refused.</exception>
    /// <exception cref="HttpRequestException">It could not be reached.</exception>
    public static async IAsyncEnumerable<HubRow> ReadAsync(ServiceClient service, bool json, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        var pageSize = PageSize;
        do
        {
            var page = await service.QueryPageAsync("SELECT * FROM devices", pageSize, continuation, cancellationToken).ConfigureAwait(false);
            var bytes = 0L;
            foreach (var item in page.Items)
            {
                bytes += item.Utf8.Length;
                using var twin = item.ToDocument();
                yield return Row(twin.RootElement, json);
            }

            // Large pages of small twins, small pages of large ones.
            pageSize = bytes / Math.Max(page.Items.Count, 1) < 4096 ? FullPageSize : PageSize;
            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    /// <summary>Reads one device.</summary>
    public static HubRow Row(JsonElement twin, bool json)
    {
        var tags = TagFields.Read(twin.TryGetProperty("tags", out var section) ? section : default, json, out var mark);
        return new HubRow
        {
            DeviceId = twin.GetProperty("deviceId").GetString() ?? string.Empty,
            ETag = Text(twin, "deviceEtag"),
            TwinETag = Text(twin, "etag"),
            Version = twin.TryGetProperty("version", out var version) && version.TryGetInt64(out var number) ? number : 0,
            Tags = tags,
            Mark = mark,
        };
    }

    private static string? Text(JsonElement twin, string name) =>
        twin.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
