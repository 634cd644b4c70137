using System.Buffers;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>Makes the index terms of a twin.</summary>
internal static class TwinTerms
{
    /// <summary>Makes the terms: what a write that changes tags or identity hands to the store.</summary>
    public static IReadOnlyList<StateTerm> Of(TwinDocument twin)
    {
        var json = new ArrayBufferWriter<byte>(twin.Identity.Json.Length + twin.Tags.Length + 16);
        json.Write("{"u8);
        json.Write(twin.Identity.Json.Span);
        json.Write(",\"tags\":"u8);
        json.Write(twin.Tags.Span);
        json.Write("}"u8);
        return TwinIndex.TermsOf(json.WrittenMemory);
    }
}
