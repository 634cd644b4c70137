namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>Knows a page again that came before: eight bytes a page, however many devices it has.</summary>
internal sealed class PageHistory
{
    private readonly HashSet<long> _seen = [];

    /// <summary>Remembers a page.</summary>
    /// <returns>False if one with the same devices came before.</returns>
    public bool Add(IEnumerable<ExternalDevice> page)
    {
        // Two hashes of 32 bits, by a seed of their own each.
        var one = default(HashCode);
        var other = default(HashCode);
        other.Add(1);
        foreach (var device in page)
        {
            one.Add(device.Key, StringComparer.Ordinal);
            other.Add(device.Key, StringComparer.Ordinal);
        }

        return _seen.Add(((long)one.ToHashCode() << 32) | (uint)other.ToHashCode());
    }
}
