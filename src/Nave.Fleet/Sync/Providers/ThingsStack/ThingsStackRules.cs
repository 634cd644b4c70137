using System.Text.RegularExpressions;

namespace Nave.Fleet.Sync.Providers.ThingsStack;

/// <summary>The rules of api/ttn/lorawan/v3/identifiers.proto and end_device.proto.</summary>
internal static partial class ThingsStackRules
{
    public const int MaxIdLength = 36;
    public const int MaxAttributes = 10;
    public const int MaxAttributeLength = 200;
    public const int MaxNameLength = 50;
    public const string IdForm = "3 to 36 of a-z, 0-9 and single hyphens between them";

    public static bool IsId(string text) => text.Length <= MaxIdLength && Id().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9](?:-?[a-z0-9]){2,}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
