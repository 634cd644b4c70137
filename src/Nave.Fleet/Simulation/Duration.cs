using System.Globalization;

namespace Nave.Fleet.Simulation;

/// <summary>Spans of time as people write them: <c>500ms</c>, <c>5s</c>, <c>1.5m</c>, <c>2h</c>, <c>1d</c>.</summary>
public static class Duration
{
    /// <summary>What is permitted, for error messages.</summary>
    public const string Form = "a number with ms, s, m, h or d, such as 500ms or 30s";

    /// <summary>Reads a span; a leading minus sign is taken.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value)
    {
        value = default;
        text = text.Trim();
        var end = text.LastIndexOfAnyInRange('0', '9') + 1;
        if (end == 0 || !double.TryParse(text[..end], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var unit = text[end..] switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            "d" => TimeSpan.TicksPerDay,
            _ => 0L,
        };
        var ticks = number * unit;
        if (unit == 0 || Math.Abs(ticks) > TimeSpan.MaxValue.Ticks / 2)
        {
            return false;
        }

        value = TimeSpan.FromTicks((long)ticks);
        return true;
    }
}
