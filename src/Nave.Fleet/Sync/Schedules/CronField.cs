using System.Globalization;

namespace Nave.Fleet.Sync.Schedules;

/// <summary>One field of a cron expression as a set of numbers below 64.</summary>
/// <param name="Name">What it counts.</param>
/// <param name="Min">The least number.</param>
/// <param name="Max">The greatest number.</param>
/// <param name="Words">Names for numbers, from <see cref="WordsFrom"/> on.</param>
/// <param name="WordsFrom">The number of the first name.</param>
internal sealed record CronField(string Name, int Min, int Max, string Words = "", int WordsFrom = 0)
{
    /// <summary>Reads a field: <c>*</c>, <c>?</c>, numbers, ranges, steps, and lists of these.</summary>
    /// <param name="text">The text of the field.</param>
    /// <param name="set">A bit for each number.</param>
    /// <param name="restricted">Whether it says anything but "each".</param>
    /// <param name="problem">What is wrong, and what is permitted.</param>
    public bool TryParse(ReadOnlySpan<char> text, out ulong set, out bool restricted, out string? problem)
    {
        (set, problem) = (0, null);
        restricted = text is not ("*" or "?");
        foreach (var part in text.Split(','))
        {
            if (!TryParsePart(text[part], out var numbers))
            {
                problem = $"The {Name} '{text}' of a schedule is not permitted; numbers from {Min} to {Max}"
                    + $"{(Words.Length == 0 ? string.Empty : ", names of three letters")}, *, ranges (a-b), steps (a-b/n, */n) and lists of these (x,y) are.";
                return false;
            }

            set |= numbers;
        }

        return true;
    }

    private bool TryParsePart(ReadOnlySpan<char> text, out ulong set)
    {
        set = 0;
        var step = 1;
        var slash = text.IndexOf('/');
        if (slash >= 0)
        {
            if (!TryParseNumber(text[(slash + 1)..], out step) || step < 1)
            {
                return false;
            }

            text = text[..slash];
        }

        int from, to;
        var dash = text.IndexOf('-');
        if (text is "*" or "?")
        {
            (from, to) = (Min, Max);
        }
        else if (dash >= 0)
        {
            if (!TryParseValue(text[..dash], out from) || !TryParseValue(text[(dash + 1)..], out to) || from > to)
            {
                return false;
            }
        }
        else if (TryParseValue(text, out from))
        {
            // 5/15 = from 5 on, each 15.
            to = slash >= 0 ? Max : from;
        }
        else
        {
            return false;
        }

        for (var i = from; i <= to; i += Math.Min(step, 64))
        {
            set |= 1UL << i;
        }

        return true;
    }

    private bool TryParseValue(ReadOnlySpan<char> text, out int value)
    {
        if (text.Length == 3 && Words.Length > 0)
        {
            for (var i = 0; i < Words.Length; i += 3)
            {
                if (text.Equals(Words.AsSpan(i, 3), StringComparison.OrdinalIgnoreCase))
                {
                    value = WordsFrom + (i / 3);
                    return true;
                }
            }
        }

        return TryParseNumber(text, out value) && value >= Min && value <= Max;
    }

    private static bool TryParseNumber(ReadOnlySpan<char> text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
