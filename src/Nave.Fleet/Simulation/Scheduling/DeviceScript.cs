namespace Nave.Fleet.Simulation.Scheduling;

/// <summary>
/// What one device does, and when: its messages, its reports and its faults, all from one seed. Does no I/O and knows no clock.
/// </summary>
public sealed class DeviceScript
{
    // Behind by more than this, messages are left out instead of being sent in a burst.
    private static readonly TimeSpan s_mostBehind = TimeSpan.FromSeconds(5);

    private readonly DeviceGroup _group;
    private readonly Random _random;
    private readonly List<(Fault Fault, TimeSpan Due)> _timed = [];
    private readonly List<Fault> _perMessage = [];
    private TimeSpan _nominalSend = TimeSpan.MaxValue;
    private TimeSpan _send = TimeSpan.MaxValue;
    private TimeSpan _report = TimeSpan.MaxValue;
    private TimeSpan _resume = TimeSpan.MaxValue;

    /// <summary>Makes the script of a device.</summary>
    /// <param name="group">What it does.</param>
    /// <param name="random">Its own source of chance.</param>
    /// <param name="start">When it begins, since the simulation's start.</param>
    public DeviceScript(DeviceGroup group, Random random, TimeSpan start)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(random);
        _group = group;
        _random = random;
        foreach (var fault in group.Faults.Where(fault => fault.Share >= 1 || _random.NextDouble() < fault.Share))
        {
            if (fault.Kind is FaultKind.Drop or FaultKind.Stop)
            {
                _timed.Add((fault, start + Around(fault.Every)));
            }
            else if (fault.Kind == FaultKind.ClockSkew)
            {
                ClockSkew += fault.By;
            }
            else
            {
                _perMessage.Add(fault);
            }
        }

        // A fleet does not send in step.
        if (group.Interval is { } interval)
        {
            _nominalSend = start + (interval * _random.NextDouble());
            _send = _nominalSend;
        }

        if (group.Reported is { } reported)
        {
            _report = start + (reported.Interval * _random.NextDouble());
        }
    }

    /// <summary>Gets by how much the device's clock is off.</summary>
    public TimeSpan ClockSkew { get; }

    /// <summary>Gets when the device acts next; <see cref="TimeSpan.MaxValue"/> = never.</summary>
    public TimeSpan Due
    {
        get
        {
            if (_resume != TimeSpan.MaxValue)
            {
                return _resume;
            }

            var due = _send < _report ? _send : _report;
            foreach (var (_, at) in _timed)
            {
                due = at < due ? at : due;
            }

            return due;
        }
    }

    /// <summary>Takes the next action, which is due, and plans the one after it.</summary>
    /// <param name="now">The time since the simulation's start.</param>
    public DeviceAction Take(TimeSpan now)
    {
        if (_resume != TimeSpan.MaxValue)
        {
            return Resume(now);
        }

        for (var i = 0; i < _timed.Count; i++)
        {
            var (fault, due) = _timed[i];
            if (due == Due)
            {
                _timed[i] = (fault, now + fault.For + Around(fault.Every));
                if (fault.Kind == FaultKind.Drop)
                {
                    return new DeviceAction(DeviceActionKind.Drop);
                }

                _resume = now + fault.For;
                return new DeviceAction(DeviceActionKind.Stop);
            }
        }

        if (_report < _send)
        {
            _report = Next(_report, _group.Reported!.Interval, now, out _); // It has a due time, so there is an interval.
            return new DeviceAction(DeviceActionKind.Report);
        }

        return Send(now);
    }

    private DeviceAction Send(TimeSpan now)
    {
        var interval = _group.Interval!.Value; // It has a due time, so there is an interval.
        var action = new DeviceAction(DeviceActionKind.Send);
        foreach (var fault in _perMessage)
        {
            if (_random.NextDouble() < fault.Probability)
            {
                action = fault.Kind switch
                {
                    FaultKind.Duplicate => action with { Duplicate = true },
                    FaultKind.BadPayload => action with { BadPayload = true },
                    _ => action with { Late = fault.By },
                };
            }
        }

        // The jitter is around a steady beat, so the rate stays what it is.
        _nominalSend = Next(_nominalSend, interval, now, out var skipped);
        _send = _nominalSend + (interval * (_group.Jitter * (_random.NextDouble() - 0.5)));
        return action with { Skipped = skipped };
    }

    private DeviceAction Resume(TimeSpan now)
    {
        _resume = TimeSpan.MaxValue;

        // What was due meanwhile was not sent: a device that is off makes no messages.
        if (_group.Interval is { } interval && _nominalSend < now)
        {
            _nominalSend = now + (interval * _random.NextDouble());
            _send = _nominalSend;
        }

        if (_group.Reported is { } reported && _report < now)
        {
            _report = now + (reported.Interval * _random.NextDouble());
        }

        return new DeviceAction(DeviceActionKind.Resume);
    }

    private static TimeSpan Next(TimeSpan last, TimeSpan interval, TimeSpan now, out int skipped)
    {
        var next = last + interval;
        skipped = 0;
        if (next < now - s_mostBehind)
        {
            skipped = (int)Math.Min((now - next) / interval, int.MaxValue);
            next += interval * skipped;
        }

        return next;
    }

    private TimeSpan Around(TimeSpan mean) => mean * (0.5 + _random.NextDouble());
}
