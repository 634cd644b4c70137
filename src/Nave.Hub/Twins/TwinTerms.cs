using System.Buffers;
using System.Collections.Concurrent;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>Makes the index terms of a twin.</summary>
internal static class TwinTerms
{
    // Twins without tags: their terms depend on these alone, so most of a large import shares one list. At most a few dozen entries.
    private static readonly ConcurrentDictionary<(string Status, string AuthenticationType, bool IotEdge), IReadOnlyList<StateTerm>> s_untagged = new();

    /// <summary>Makes the terms of a new twin.</summary>
    /// <param name="twin">The twin.</param>
    /// <param name="identity">What it was made from.</param>
    public static IReadOnlyList<StateTerm> OfNew(TwinDocument twin, TwinIdentity identity)
    {
        if (!twin.Tags.Span.SequenceEqual("{}"u8) || twin.HasConfigurations)
        {
            return Of(twin);
        }

        var key = (identity.Status, identity.AuthenticationType, identity.IotEdge);
        return s_untagged.TryGetValue(key, out var terms) ? terms : s_untagged.GetOrAdd(key, Of(twin));
    }

    /// <summary>Makes the terms: what a write that changes tags or identity hands to the store.</summary>
    public static IReadOnlyList<StateTerm> Of(TwinDocument twin)
    {
        var json = new ArrayBufferWriter<byte>(twin.Identity.Json.Length + twin.Tags.Length + 16);
        json.Write("{"u8);
        json.Write(twin.Identity.Json.Span);
        json.Write(",\"tags\":"u8);
        json.Write(twin.Tags.Span);
        if (twin.HasConfigurations)
        {
            json.Write(",\"configurations\":"u8);
            json.Write(twin.Configurations.Span);
        }

        json.Write("}"u8);
        var terms = TwinIndex.TermsOf(json.WrittenMemory);
        return twin.Configurations.Span.Contains((byte)'.') ? [.. terms, .. OfDottedConfigurations(twin)] : terms;
    }

    // The index leaves out names with a dot, because queries cannot ask for their terms; who looks for a configuration can.
    private static IEnumerable<StateTerm> OfDottedConfigurations(TwinDocument twin) => TwinConfigurations.Read(twin.Configurations)
        .Where(entry => entry.Id.Contains('.', StringComparison.Ordinal))
        .Select(entry => TwinIndex.OfConfiguration(entry.Id, entry.Status));
}
