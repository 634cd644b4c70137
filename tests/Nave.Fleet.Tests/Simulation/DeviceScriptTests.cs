using Nave.Fleet.Simulation.Scheduling;
using Nave.Fleet.Simulation.Templates;

namespace Nave.Fleet.Simulation;

public sealed class DeviceScriptTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    [Fact]
    public void A_device_sends_at_its_rate_however_large_the_jitter()
    {
        var script = new DeviceScript(Group() with { Jitter = 1 }, new Random(1), TimeSpan.Zero);
        var actions = Run(script, s_hour);
        Assert.InRange(actions.Count, 3599, 3601);
        Assert.All(actions, action => Assert.Equal(DeviceActionKind.Send, action.Action.Kind));

        // Nobody is further from its beat than half of the interval.
        var offsets = actions.Select((action, i) => action.At - actions[0].At - TimeSpan.FromSeconds(i)).ToArray();
        Assert.All(offsets, offset => Assert.InRange(offset, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(1)));
        Assert.Contains(offsets, offset => offset.Duration() > TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void The_same_seed_gives_the_same_script()
    {
        var group = Group() with { Jitter = 0.5, Faults = [Drop(), Stop(), Bad()], Reported = Report() };
        Assert.Equal(Run(new DeviceScript(group, new Random(7), TimeSpan.Zero), s_hour), Run(new DeviceScript(group, new Random(7), TimeSpan.Zero), s_hour));
        Assert.NotEqual(Run(new DeviceScript(group, new Random(7), TimeSpan.Zero), s_hour), Run(new DeviceScript(group, new Random(8), TimeSpan.Zero), s_hour));
    }

    [Fact]
    public void Devices_do_not_send_in_step()
    {
        var first = Enumerable.Range(0, 100).Select(seed => new DeviceScript(Group(), new Random(seed), TimeSpan.Zero).Due).ToArray();
        Assert.Contains(first, due => due < TimeSpan.FromSeconds(0.2));
        Assert.Contains(first, due => due > TimeSpan.FromSeconds(0.8));
    }

    [Fact]
    public void A_device_that_is_stopped_does_nothing_until_it_resumes()
    {
        var actions = Run(new DeviceScript(Group() with { Faults = [Stop()], Reported = Report() }, new Random(3), TimeSpan.Zero), s_hour);
        var stops = actions.Select((action, i) => (action, i)).Where(pair => pair.action.Action.Kind == DeviceActionKind.Stop).ToArray();
        Assert.InRange(stops.Length, 20, 60);
        Assert.All(stops.SkipLast(1), stop =>
        {
            Assert.Equal(DeviceActionKind.Resume, actions[stop.i + 1].Action.Kind);
            Assert.Equal(TimeSpan.FromSeconds(20), actions[stop.i + 1].At - stop.action.At);
            Assert.Equal(0, actions[stop.i + 2].Action.Skipped);
        });
    }

    [Fact]
    public void Faults_of_messages_come_with_their_probability_and_share()
    {
        var group = Group() with { Faults = [Bad(), new Fault { Kind = FaultKind.Duplicate, Probability = 0.5 }, new Fault { Kind = FaultKind.Late, Probability = 0.1, By = TimeSpan.FromSeconds(3) }] };
        var actions = Run(new DeviceScript(group, new Random(1), TimeSpan.Zero), s_hour).Select(action => action.Action).ToArray();
        Assert.InRange(actions.Count(action => action.BadPayload), 250, 480);
        Assert.InRange(actions.Count(action => action.Duplicate), 1600, 2000);
        Assert.InRange(actions.Count(action => action.Late == TimeSpan.FromSeconds(3)), 250, 480);

        var skewed = Enumerable.Range(0, 1000)
            .Count(seed => new DeviceScript(
                Group() with { Faults = [new Fault { Kind = FaultKind.ClockSkew, By = TimeSpan.FromSeconds(-5), Share = 0.2 }] }, new Random(seed), TimeSpan.Zero).ClockSkew
                == TimeSpan.FromSeconds(-5));
        Assert.InRange(skewed, 120, 280);
    }

    [Fact]
    public void A_simulator_that_fell_behind_leaves_messages_out_and_says_how_many()
    {
        var script = new DeviceScript(Group() with { Jitter = 0 }, new Random(1), TimeSpan.Zero);
        script.Take(script.Due);
        var late = script.Take(TimeSpan.FromMinutes(10));
        Assert.InRange(late.Skipped, 590, 600);
        Assert.InRange(script.Due, TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1.01), TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_device_without_a_rate_only_reports()
    {
        var actions = Run(new DeviceScript(Group() with { Interval = null, Reported = Report() }, new Random(1), TimeSpan.Zero), s_hour);
        Assert.InRange(actions.Count, 119, 121);
        Assert.All(actions, action => Assert.Equal(DeviceActionKind.Report, action.Action.Kind));
        Assert.Equal(TimeSpan.MaxValue, new DeviceScript(Group() with { Interval = null }, new Random(1), TimeSpan.Zero).Due);
    }

    private static List<(TimeSpan At, DeviceAction Action)> Run(DeviceScript script, TimeSpan until)
    {
        var actions = new List<(TimeSpan, DeviceAction)>();
        while (script.Due < until)
        {
            var now = script.Due;
            actions.Add((now, script.Take(now)));
        }

        return actions;
    }

    private static DeviceGroup Group() => new()
    {
        Name = "g",
        Count = 1,
        Id = DeviceIdPattern.Parse("d"),
        Payload = PayloadTemplate.Parse("x"),
        Interval = TimeSpan.FromSeconds(1),
    };

    private static ReportedUpdates Report() => new(TimeSpan.FromSeconds(30), PayloadTemplate.Parse("""{"a":1}"""));

    private static Fault Drop() => new() { Kind = FaultKind.Drop, Every = TimeSpan.FromMinutes(1) };

    private static Fault Stop() => new() { Kind = FaultKind.Stop, Every = TimeSpan.FromMinutes(1), For = TimeSpan.FromSeconds(20) };

    private static Fault Bad() => new() { Kind = FaultKind.BadPayload, Probability = 0.1 };
}
