using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Sync.Providers.ChirpStack;

/// <content>Lists, whole or not at all, although pages are counted from the front of a list that others change.</content>
internal sealed partial class ChirpStackProvider
{
    private const int MaxStepsBack = 8;

    /// <summary>
    /// Pages are asked for in the order of EUIs, each with the last device of the one before as its first: if it is not there, a device
    /// before was deleted, and the page before is read again. Servers before 4.12 know no order but that of names, in which devices of
    /// one name change places: there every EUI is remembered (8 bytes), and as many different ones have to come as there are.
    /// </summary>
    public override async IAsyncEnumerable<ExternalDevice> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long offset = 0;
        long listed = 0;
        var stepsBack = 0;
        string? last = null;
        HashSet<ulong>? seen = null;
        while (true)
        {
            var page = await ReadPageAsync(offset, listed, cancellationToken).ConfigureAwait(false);
            if (seen is null && !IsAscending(page.Devices))
            {
                // From the front, in the other way. What came already comes again.
                seen = [];
                if (offset > 0)
                {
                    offset = 0;
                    continue;
                }
            }

            if (seen is null && offset > 0 && page.Devices.Count > 0)
            {
                if (string.CompareOrdinal(page.Devices[0].Key, last) > 0)
                {
                    if (++stepsBack > MaxStepsBack)
                    {
                        throw new ListingIncompleteException(ProviderFailure.Transient, listed, "Devices are deleted faster than they can be listed.");
                    }

                    offset = Math.Max(0, offset - _settings.PageSize);
                    continue;
                }

                if (string.CompareOrdinal(page.Devices[^1].Key, last) < 0)
                {
                    throw new ListingIncompleteException(ProviderFailure.Transient, listed, "A page is one that came before.");
                }
            }

            if (page.Devices.Count == 0 && offset < page.TotalCount)
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, Counted(offset, page.TotalCount));
            }

            ExternalDevice[] batch = [.. page.Devices.Where(device => seen is null ? last is null || string.CompareOrdinal(device.Key, last) > 0 : seen.Add(Number(device.Key)))];
            if (batch.Length > 0)
            {
                stepsBack = 0;
                last = batch[^1].Key;
            }

            foreach (var device in page.HaveTags ? batch : await WithTagsAsync(batch, listed, cancellationToken).ConfigureAwait(false))
            {
                listed++;
                yield return device;
            }

            var end = offset + page.Devices.Count;
            if (end >= page.TotalCount)
            {
                if (seen is not null && seen.Count < page.TotalCount)
                {
                    throw new ListingIncompleteException(
                        ProviderFailure.Transient, listed, $"{Counted(seen.Count, page.TotalCount)} Servers before 4.12 hide devices of one name from lists.");
                }

                yield break;
            }

            if (seen is null && end - 1 <= offset && batch.Length == 0)
            {
                throw new ListingIncompleteException(ProviderFailure.Transient, listed, Counted(end, page.TotalCount));
            }

            offset = seen is null ? end - 1 : end;
        }
    }

    private static string Counted(long came, long total) => string.Create(CultureInfo.InvariantCulture, $"{came} devices came of {total}.");

    private static bool IsAscending(IReadOnlyList<ExternalDevice> devices)
    {
        for (var i = 1; i < devices.Count; i++)
        {
            if (string.CompareOrdinal(devices[i - 1].Key, devices[i].Key) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private static ulong Number(string eui) =>
        ulong.TryParse(eui, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : (uint)eui.GetHashCode(StringComparison.Ordinal);

    private async Task<ChirpStackPage> ReadPageAsync(long offset, long listed, CancellationToken cancellationToken)
    {
        // One more than a page: the first is the last of the page before.
        var uri = ListUri(offset, _settings.PageSize + (offset > 0 ? 1 : 0));
        var answer = await ListingCallAsync(new ProviderCall(HttpMethod.Get, uri, $"list the devices from number {offset} on"), listed, cancellationToken).ConfigureAwait(false);
        using var document = InListing(listed, () => answer.Json(JsonValueKind.Object));
        return ChirpStackPage.Parse(document.RootElement)
            ?? throw new ListingIncompleteException(ProviderFailure.Transient, listed, "The answer is no list of devices.");
    }

    /// <summary>Reads devices one by one from a server whose lists have no tags; those that are gone meanwhile are left out.</summary>
    private async Task<IReadOnlyList<ExternalDevice>> WithTagsAsync(ExternalDevice[] devices, long listed, CancellationToken cancellationToken)
    {
        try
        {
            var found = await Task.WhenAll(devices.Select(device => FindAsync(device.Key, cancellationToken))).ConfigureAwait(false);
            return [.. found.OfType<ExternalDevice>()];
        }
        catch (ProviderException e)
        {
            throw Incomplete(e, listed);
        }
    }
}
