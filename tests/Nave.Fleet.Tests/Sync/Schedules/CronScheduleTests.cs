using System.Globalization;
using Nave.Fleet.Sync.Schedules;

namespace Nave.Fleet.Tests.Sync.Schedules;

/// <summary>Cron expressions in both forms.</summary>
public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("0 0 */1 * * *", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")] // every hour, as the sample
    [InlineData("0 0 */1 * * *", "2026-01-01T00:59:59.9Z", "2026-01-01T01:00:00Z")]
    [InlineData("0 */5 * * * *", "2026-01-01T00:04:59Z", "2026-01-01T00:05:00Z")]
    [InlineData("30 1,31 * * * *", "2026-01-01T00:01:30Z", "2026-01-01T00:31:30Z")]
    [InlineData("*/7 * * * * *", "2026-01-01T00:00:56Z", "2026-01-01T00:01:00Z")]
    [InlineData("15 3 * * *", "2026-01-01T03:15:00Z", "2026-01-02T03:15:00Z")]
    [InlineData("0 9 * * mon-fri", "2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z")] // Friday to Monday
    [InlineData("0 0 9 ? * MON-FRI", "2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z")]
    [InlineData("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")] // 7 = Sunday
    [InlineData("0 0 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z")] // February has none
    [InlineData("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 29 feb *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z")] // 2100 is no leap year
    [InlineData("59 23 31 dec *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z")]
    [InlineData("0 5/20 * * * *", "2026-01-01T00:06:00Z", "2026-01-01T00:25:00Z")] // from 5 on, each 20
    [InlineData("0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")] // five fields: the 13th or a Friday
    [InlineData("0 0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-02-13T00:00:00Z")] // six: a Friday the 13th
    public void The_next_time_is(string text, string after, string expected)
    {
        Assert.True(CronSchedule.TryParse(text, out var schedule, out var problem), problem);
        Assert.Equal(Time(expected), schedule.Next(Time(after)));
        Assert.Equal(text, schedule.ToString());
    }

    [Fact]
    public void Other_time_zones_are_counted_in_utc()
    {
        Assert.True(CronSchedule.TryParse("0 12 * * *", out var schedule, out _));
        Assert.Equal(Time("2026-06-01T12:00:00Z"), schedule.Next(new DateTimeOffset(2026, 6, 1, 13, 30, 0, TimeSpan.FromHours(2))));
    }

    [Theory]
    [InlineData("", "0 fields")]
    [InlineData("* * * *", "4 fields")]
    [InlineData("* * * * * * *", "7 fields")]
    [InlineData("60 * * * * *", "second '60'")]
    [InlineData("* 60 * * * *", "minute '60'")]
    [InlineData("* 24 * * *", "hour '24'")]
    [InlineData("* * 0 * *", "day '0'")]
    [InlineData("* * * 13 *", "month '13'")]
    [InlineData("* * * * 8", "weekday '8'")]
    [InlineData("5-3 * * * *", "minute '5-3'")]
    [InlineData("*/0 * * * *", "minute '*/0'")]
    [InlineData("1,,2 * * * *", "minute '1,,2'")]
    [InlineData("-1 * * * *", "minute '-1'")]
    [InlineData("*/99999999999 * * * *", "minute")]
    [InlineData("x * * * *", "minute 'x'")]
    [InlineData("* * * foo *", "month 'foo'")]
    [InlineData("0 0 30 2 *", "never comes")]
    [InlineData("0 0 31 4,6,9,11 *", "never comes")]
    public void What_is_no_schedule_is_refused_with_what_is_permitted(string text, string named)
    {
        Assert.False(CronSchedule.TryParse(text, out _, out var problem));
        Assert.Contains(named, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_too_long_is_refused()
    {
        Assert.False(CronSchedule.TryParse(new string('*', 500), out _, out var problem));
        Assert.Contains("500", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_times_are_those_that_a_search_second_by_second_finds()
    {
        string[] texts = ["*/13 */7 */5 * * *", "0 1,59 3-5 */9 * *", "5 4 * * sun,wed", "0 0 1,15 * 3", "59 59 23 28-31 * 6"];
        foreach (var text in texts)
        {
            Assert.True(CronSchedule.TryParse(text, out var schedule, out _));
            var at = Time("2026-02-26T22:13:07Z");
            for (var i = 0; i < 20; i++)
            {
                var next = schedule.Next(at)!.Value;
                Assert.True(next > at);

                // Nothing between the two matches: the time just before it has the same next one.
                Assert.Equal(next, schedule.Next(next.AddSeconds(-1)));
                Assert.Equal(next, schedule.Next(at.AddTicks((next - at).Ticks / 2)) is var middle && middle < next ? middle : next);
                at = next;
            }
        }
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
