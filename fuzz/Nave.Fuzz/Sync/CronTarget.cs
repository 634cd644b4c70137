using Nave.Fleet.Sync.Schedules;

namespace Nave.Fuzz.Sync;

/// <summary>Cron expressions.</summary>
internal sealed class CronTarget() : FuzzTarget("cron", Texts("0 0 */1 * * *", "15 3 * * mon-fri", "*/7 1,2,5-50/9 0-23 1-31 jan-dec sun", "59 23 29 2 *", "5/20 * ? * 7"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts("*", "?", "/", "-", ",", " ", "*/", "0", "59", "60", "31", "7", "99999999999", "feb", "SUN", "29 2", "1-", "\t");

    public override int Cost => 4;

    public override bool Execute(byte[] input) => CronSchedule.TryParse(TextOf(input), out _, out _);

    public override void Verify(byte[] input)
    {
        Check(CronSchedule.TryParse(TextOf(input), out var schedule, out _), "what was accepted is accepted again");
        var at = new DateTimeOffset(2096, 2, 28, 23, 59, 58, TimeSpan.Zero);
        for (var i = 0; i < 3; i++)
        {
            var next = schedule!.Next(at); // It was accepted.
            Check(next is null || (next > at && next == schedule.Next(next.Value.AddSeconds(-1))), "a next time comes after, and is the first");
            at = next ?? at;
        }
    }
}
