using System.Buffers;
using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Twins;

/// <summary>
/// The limits of twins: <see cref="TwinLimits"/>, with a first look that costs next to nothing and lets what is surely within
/// them pass. Only the rest is measured exactly.
/// </summary>
internal static class TwinChecks
{
    // Sixteen digits may be beyond the range of whole numbers; a fraction without exponent is never too large.
    private const int SafeDigits = 15;

    // A number counts as 8 bytes and may have been written with 2 (a digit and a comma).
    private const int MaxGrowth = 4;

    private static readonly SearchValues<byte> s_safeKeyBytes = SearchValues.Create(
        [.. Enumerable.Range('!', '~' - '!' + 1).Where(c => c is not ('.' or '$' or '\\')).Select(c => (byte)c)]);

    private static readonly SearchValues<byte> s_plainNumber = SearchValues.Create("-.0123456789"u8);

    /// <summary>Checks names, values and depth of what a request says of a section.</summary>
    /// <param name="section">Which section.</param>
    /// <param name="json">One JSON object.</param>
    /// <returns>400004 with path, value and what is permitted, or <see langword="null"/>.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static HubError? Patch(TwinSection section, ReadOnlyMemory<byte> json)
    {
        if (IsSurelyFine(json.Span))
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        try
        {
            return TwinLimits.Check(section, document.RootElement);
        }
        catch (InvalidOperationException)
        {
            // The reader's word for an escape that is half a surrogate pair: text that nobody could read back.
            return new HubError(HubErrorCode.ArgumentInvalid, $"{NameOf(section)} has a string that is no Unicode text: a surrogate stands alone.");
        }
    }

    /// <summary>Checks the size of a section after a change.</summary>
    public static HubError? Size(TwinSection section, ReadOnlyMemory<byte> json)
    {
        if (json.Length * MaxGrowth <= TwinLimits.MaxBytes(section))
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        return TwinLimits.CheckSize(section, document.RootElement);
    }

    /// <summary>Makes the error for a section that is neither an object nor null.</summary>
    public static HubError NotAnObject(TwinSection section) => NotAnObject(NameOf(section));

    /// <summary>Makes the error for something that is neither an object nor null.</summary>
    public static HubError NotAnObject(string what) => new(HubErrorCode.ArgumentInvalid, $"{what} must be a JSON object or null.");

    private static string NameOf(TwinSection section) => section switch
    {
        TwinSection.Tags => "tags",
        TwinSection.Desired => "properties.desired",
        _ => "properties.reported",
    };

    private static bool IsSurelyFine(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            var text = reader.ValueSpan;
            var isFine = reader.TokenType switch
            {
                JsonTokenType.PropertyName => text.Length is > 0 and <= TwinLimits.MaxKeyBytes && !text.ContainsAnyExcept(s_safeKeyBytes),
                JsonTokenType.String => text.Length <= TwinLimits.MaxStringBytes && !reader.ValueIsEscaped,
                JsonTokenType.Number => text.Length <= SafeDigits && !text.ContainsAnyExcept(s_plainNumber),
                JsonTokenType.StartObject or JsonTokenType.StartArray => reader.CurrentDepth <= TwinLimits.MaxDepth,
                _ => true,
            };
            if (!isFine)
            {
                return false;
            }
        }

        return true;
    }
}
