using Nave.Storage.Files;
using Nave.Testing;

namespace Nave.Storage.Tests.Files;

public sealed class CommitPacerTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(1);
    private readonly ManualClock _clock = new();

    [Fact]
    public void After_a_pause_nothing_waits()
    {
        var pacer = new CommitPacer(s_interval, _clock);
        Assert.Equal(TimeSpan.Zero, pacer.NextWait());
        pacer.Started();
        Assert.Equal(s_interval, pacer.NextWait());
        _clock.Advance(s_interval);
        Assert.Equal(TimeSpan.Zero, pacer.NextWait());
    }

    [Fact]
    public void A_small_commit_waits_for_what_is_left_of_the_interval()
    {
        var pacer = new CommitPacer(s_interval, _clock);
        pacer.Started();
        _clock.Advance(s_interval / 4);
        Assert.Equal(s_interval * 3 / 4, pacer.NextWait());
    }

    [Fact]
    public void Waits_that_bring_nothing_become_rare_and_come_back_when_they_pay()
    {
        var pacer = new CommitPacer(s_interval, _clock);
        var waits = 0;
        for (var i = 0; i < 1_000; i++)
        {
            pacer.Started();
            if (pacer.NextWait() > TimeSpan.Zero)
            {
                waits++;
                pacer.Waited(before: 1, after: 1); // the only producer waits for this very commit
            }
        }

        Assert.InRange(waits, 1, 25);
        for (var i = 0; i < 200; i++)
        {
            pacer.Started();
            if (pacer.NextWait() > TimeSpan.Zero)
            {
                pacer.Waited(before: 1, after: 10);
            }
        }

        pacer.Started();
        Assert.Equal(s_interval, pacer.NextWait());
    }

    [Fact]
    public void Options_name_every_problem_at_once()
    {
        var problems = new SegmentLogOptions(" ")
        {
            PartitionCount = 33,
            SegmentBytes = 1,
            StagingBytes = 1,
            MinCommitInterval = TimeSpan.FromSeconds(2),
            RetentionAge = TimeSpan.Zero,
            RetentionBytes = 0,
            ReserveBytes = -1,
            CheckInterval = TimeSpan.FromSeconds(6),
        }.Validate();
        Assert.Equal(9, problems.Count);
        Assert.Empty(new SegmentLogOptions("x").Validate());
    }
}
