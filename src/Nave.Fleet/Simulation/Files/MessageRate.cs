using System.Globalization;

namespace Nave.Fleet.Simulation.Files;

/// <summary>Rates as people write them: <c>2</c>, <c>2/s</c>, <c>30/m</c>, <c>100/h</c>.</summary>
public static class MessageRate
{
    /// <summary>What is permitted, for error messages.</summary>
    public const string Form = "a number above 0, alone or with /s, /m or /h, such as 10/m";

    /// <summary>Reads a rate.</summary>
    /// <param name="text">The text.</param>
    /// <param name="perSecond">The rate a second.</param>
    public static bool TryParse(string? text, out double perSecond)
    {
        perSecond = 0;
        var parts = (text ?? string.Empty).Split('/', 2, StringSplitOptions.TrimEntries);
        var unit = parts.Length == 1 ? 1 : parts[1] switch { "s" => 1, "m" => 60, "h" => 3600, _ => 0 };
        if (unit == 0
            || !double.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number <= 0 || !double.IsFinite(number))
        {
            return false;
        }

        perSecond = number / unit;
        return true;
    }
}
