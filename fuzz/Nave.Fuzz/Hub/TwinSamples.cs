using Nave.Api;
using Nave.Hub.Twins;

namespace Nave.Fuzz.Hub;

/// <summary>Twins to begin with.</summary>
internal static class TwinSamples
{
    public static DateTimeOffset Time { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static TwinDocument New { get; } = TwinDocument.New(
        TwinIdentityPart.From(new TwinIdentity { Id = new IdentityId("d1"), GenerationId = "637", Etag = "MQ==" }), Time.UtcTicks);

    public static TwinDocument Full { get; } = Patched(New);

    private static TwinDocument Patched(TwinDocument twin)
    {
        _ = TwinRequest.TryRead(
            """{"tags":{"site":"north","rack":{"row":4,"é":[1,2]}},"properties":{"desired":{"a":1,"b":{"c":"x","d":{"e":1.50}},"list":[{"x":1}]}}}"""u8.ToArray(), out var request, out _);
        _ = TwinRequest.TryReadReported("""{"fw":"1.2.3","b":{"c":null,"d":true}}"""u8.ToArray(), out var reported, out _);
        var patched = TwinEdit.MakePatch(twin, request, Time).Value!.Document; // The patches are good.
        return TwinEdit.MakeReported(patched, reported, null, Time).Value!.Document;
    }
}
