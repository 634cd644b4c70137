using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Planning;

/// <summary>How an external device differs from what it shall be.</summary>
/// <param name="Differences">The fields: name, value there is, value wanted.</param>
/// <param name="Wanted">The device to write: with the fields that nobody asked to change, and write-only ones only if they changed or it is created again.</param>
/// <param name="Recreate">Whether a field differs that cannot be changed in place.</param>
internal sealed record ExternalComparison(IReadOnlyList<(string Name, string? From, string? To)> Differences, ExternalDevice Wanted, bool Recreate)
{
    /// <summary>Compares.</summary>
    /// <param name="traits">What the registry can do.</param>
    /// <param name="current">The device as it was listed.</param>
    /// <param name="wanted">The device as it shall be.</param>
    /// <param name="synced">What was last in step: it alone knows of write-only fields, and of fields that the sync wrote and may remove.</param>
    /// <param name="fingerprint">Makes what <paramref name="synced"/> has.</param>
    /// <param name="removed">Fields that go although the sync did not write them.</param>
    public static ExternalComparison Of(
        ProviderTraits traits, ExternalDevice current, ExternalDevice wanted, SyncedDevice? synced, Fingerprint fingerprint, IEnumerable<string>? removed = null)
    {
        var differences = new List<(string Name, string? From, string? To)>();
        var fields = new Dictionary<string, string>(current.Fields, StringComparer.Ordinal);
        foreach (var (name, text) in wanted.Fields.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            if (!traits.Keeps(name))
            {
                continue;
            }

            if (traits.IsWriteOnly(name))
            {
                // A device that was taken over has what it has; of one that was being created nobody knows.
                if (synced is not null && synced.Fields?.GetValueOrDefault(name) != fingerprint.Of(name, text))
                {
                    differences.Add((name, null, text));
                    fields[name] = text;
                }
            }
            else if (!Same(traits, current.Fields.GetValueOrDefault(name), text))
            {
                differences.Add((name, current.Fields.GetValueOrDefault(name), text));
                fields[name] = text;
            }
        }

        foreach (var name in (synced?.Fields?.Keys ?? []).Union(removed ?? [], StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (!wanted.Fields.ContainsKey(name) && traits.Keeps(name) && !traits.IsWriteOnly(name) && fields.Remove(name, out var old))
            {
                differences.Add((name, old, null));
            }
        }

        var recreate = differences.Any(difference => traits.NeedsRecreation(difference.Name)) || current.Key != wanted.Key;
        foreach (var (name, text) in recreate ? wanted.Fields : new Dictionary<string, string>())
        {
            // What is deleted loses its keys too.
            if (traits.Keeps(name))
            {
                fields[name] = text;
            }
        }

        return new ExternalComparison(differences, wanted with { Fields = fields, Reference = recreate ? null : current.Reference }, recreate);
    }

    private static bool Same(ProviderTraits traits, string? current, string wanted) => current == wanted
        || (traits.ValuesAreJson
            && current is not null
            && JsonText.TryNormalize(current, out var left)
            && JsonText.TryNormalize(wanted, out var right)
            && left == right);
}
