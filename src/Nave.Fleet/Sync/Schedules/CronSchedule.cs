using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Nave.Fleet.Sync.Schedules;

/// <summary>
/// When something is to happen, in UTC: six fields (second minute hour day month weekday) as Azure Functions write them (NCRONTAB), or five
/// without the second (crontab). Days and weekdays that are both restricted must both match in six fields, and either in five: so each
/// form means what it means where it comes from.
/// </summary>
internal sealed class CronSchedule
{
    // The calendar repeats after 28 years except where a century is no leap year: 29 February on a certain weekday may take up to 40.
    private const int MaxYears = 41;

    private const int MaxLength = 200;

    private static readonly CronField s_seconds = new("second", 0, 59);
    private static readonly CronField s_minutes = new("minute", 0, 59);
    private static readonly CronField s_hours = new("hour", 0, 23);
    private static readonly CronField s_days = new("day", 1, 31);
    private static readonly CronField s_months = new("month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", 1);
    private static readonly CronField s_weekdays = new("weekday", 0, 7, "sunmontuewedthufrisat");

    private readonly ulong _second;
    private readonly ulong _minute;
    private readonly ulong _hour;
    private readonly ulong _day;
    private readonly ulong _month;
    private readonly ulong _weekday;
    private readonly bool _eitherDay;
    private readonly string _text;

    private CronSchedule(string text, ReadOnlySpan<ulong> sets, bool eitherDay)
    {
        _text = text;
        (_second, _minute, _hour, _day, _month, _weekday) = (sets[0], sets[1], sets[2], sets[3], sets[4], sets[5]);
        _weekday |= (_weekday >> 7) & 1; // 7 is Sunday too
        _eitherDay = eitherDay;
    }

    /// <summary>Reads an expression.</summary>
    /// <param name="text">Such as <c>0 0 */1 * * *</c>, or <c>15 3 * * mon-fri</c>.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="problem">What is wrong, and what is permitted.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out CronSchedule? schedule, [NotNullWhen(false)] out string? problem)
    {
        schedule = null;
        if (text.Length > MaxLength)
        {
            problem = $"A schedule of {text.Length} characters is not permitted; {MaxLength} at most are.";
            return false;
        }

        var fields = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
        {
            problem = $"The schedule '{text}' has {fields.Length} fields; permitted are 6 (second minute hour day month weekday) or 5 (without the second).";
            return false;
        }

        ReadOnlySpan<CronField> kinds = [s_seconds, s_minutes, s_hours, s_days, s_months, s_weekdays];
        Span<ulong> sets = [1, 0, 0, 0, 0, 0];
        var restricted = new bool[kinds.Length];
        var skip = kinds.Length - fields.Length;
        for (var i = skip; i < kinds.Length; i++)
        {
            if (!kinds[i].TryParse(fields[i - skip], out sets[i], out restricted[i], out problem!))
            {
                return false;
            }
        }

        var made = new CronSchedule(text, sets, skip == 1 && restricted[3] && restricted[5]);

        // What happens once in 8 years at most (29 February past 2100) is found from any day; what is never found never happens.
        if (made.Next(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) is null)
        {
            problem = $"The schedule '{text}' never comes: there is no such day.";
            return false;
        }

        (schedule, problem) = (made, null!);
        return true;
    }

    /// <summary>Gets the first time after another, in UTC; <see langword="null"/> if there is none in the next forty years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var utc = after.UtcDateTime;
        if (utc.Year > 9998 - MaxYears)
        {
            return null;
        }

        var at = new DateTime(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc).AddSeconds(1);
        var end = at.AddYears(MaxYears);
        while (at < end)
        {
            if (!Has(_month, at.Month))
            {
                var month = NextIn(_month, at.Month + 1);
                at = month is { } m
                    ? new DateTime(at.Year, m, 1, 0, 0, 0, DateTimeKind.Utc)
                    : new DateTime(at.Year + 1, 1, 1, 0, 0, 0, DateTimeKind.Utc);
            }
            else if (!IsDay(at))
            {
                at = at.Date.AddDays(1);
            }
            else if (NextIn(_hour, at.Hour) is not { } hour)
            {
                at = at.Date.AddDays(1);
            }
            else if (hour != at.Hour)
            {
                at = at.Date.AddHours(hour);
            }
            else if (NextIn(_minute, at.Minute) is not { } minute)
            {
                at = at.Date.AddHours(hour + 1);
            }
            else if (minute != at.Minute)
            {
                at = at.Date.AddHours(hour).AddMinutes(minute);
            }
            else if (NextIn(_second, at.Second) is { } second)
            {
                return new DateTimeOffset(at.Date.AddHours(hour).AddMinutes(minute).AddSeconds(second), TimeSpan.Zero);
            }
            else
            {
                at = at.Date.AddHours(hour).AddMinutes(minute + 1);
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static bool Has(ulong set, int number) => (set >> number & 1) != 0;

    private static int? NextIn(ulong set, int from)
    {
        var rest = from > 63 ? 0 : set >> from;
        return rest == 0 ? null : from + BitOperations.TrailingZeroCount(rest);
    }

    private bool IsDay(DateTime at)
    {
        var (day, weekday) = (Has(_day, at.Day), Has(_weekday, (int)at.DayOfWeek));
        return _eitherDay ? day || weekday : day && weekday;
    }
}
