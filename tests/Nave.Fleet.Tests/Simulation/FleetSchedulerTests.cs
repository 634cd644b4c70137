using Nave.Fleet.Simulation.Scheduling;
using Nave.Testing;

namespace Nave.Fleet.Simulation;

public sealed class FleetSchedulerTests
{
    [Fact]
    public void Everything_acts_when_it_is_due_in_the_order_of_time()
    {
        var clock = new ManualClock();
        var scheduler = new FleetScheduler(clock);
        var acted = new List<string>();
        scheduler.Add(new Beat("slow", TimeSpan.FromSeconds(5), acted));
        scheduler.Add(new Beat("fast", TimeSpan.FromSeconds(2), acted));
        Assert.Equal(TimeSpan.FromSeconds(2), scheduler.RunDue());
        Assert.Empty(acted);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(4), scheduler.RunDue());
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(8), scheduler.RunDue());
        Assert.Equal(["fast", "fast", "slow", "fast"], acted);
    }

    [Fact]
    public void What_will_never_act_again_is_let_go()
    {
        var scheduler = new FleetScheduler(new ManualClock());
        scheduler.Add(new Beat("never", TimeSpan.MaxValue, []));
        Assert.Equal(TimeSpan.MaxValue, scheduler.RunDue());
    }

    [Fact]
    public async Task It_follows_its_clock_until_it_is_stopped()
    {
        var clock = new ManualClock();
        var scheduler = new FleetScheduler(clock);
        var acted = new List<string>();
        var beat = new Beat("a", TimeSpan.FromMinutes(1), acted);
        scheduler.Add(beat);
        using var stop = new CancellationTokenSource();
        var running = scheduler.RunAsync(stop.Token);
        await TestDeadline.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                return Volatile.Read(ref beat.Count) >= 3;
            },
            "three minutes passed");
        await stop.CancelAsync();
        await running.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        Assert.True(scheduler.Now >= TimeSpan.FromMinutes(3));
    }

    private sealed class Beat(string name, TimeSpan interval, List<string> acted) : IScheduled
    {
        public int Count;
        private TimeSpan _due;

        public TimeSpan Due => interval == TimeSpan.MaxValue ? interval : _due + interval;

        public void Act(TimeSpan now)
        {
            acted.Add(name);
            _due += interval;
            Interlocked.Increment(ref Count);
        }
    }
}
