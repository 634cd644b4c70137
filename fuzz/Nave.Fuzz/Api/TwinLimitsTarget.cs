using System.Text.Json;
using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>The limits of twins. An input that is no JSON, or has text that is none, is kept out by the callers.</summary>
internal sealed class TwinLimitsTarget() : FuzzTarget("twin-limits", Texts(
    """{"a":1,"b":{"c":[1,"x",null,true,{"d":-4503599627370496}]},"$version":3,"$metadata":{"a b":1},"e":1.5e3}""",
    """{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":{"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb":{"c":1,"d":[1,2,3,4,5,6,7,8,9]}}}"""))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override bool Execute(byte[] input)
    {
        try
        {
            using var document = JsonDocument.Parse(input);
            return TwinLimits.Check(TwinSection.Desired, document.RootElement) is null && TwinLimits.CheckSize(TwinSection.Tags, document.RootElement) is null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
