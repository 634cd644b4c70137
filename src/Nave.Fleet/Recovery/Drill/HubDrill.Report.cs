namespace Nave.Fleet.Recovery;

/// <content>What is told in the end.</content>
public sealed partial class HubDrill
{
    private const int MaxEvents = 1000;

    private async Task<DrillReport> ReportAsync(
        DrillFleet fleet, DrillReader[] readers, bool isPrimaryReadable, DateTimeOffset started, CancellationToken cancellationToken)
    {
        say("reading both event streams once more, and comparing");
        bool[] isRead = [isPrimaryReadable, true];
        foreach (var (reader, isWanted) in readers.Zip(isRead))
        {
            await reader.StopAsync().ConfigureAwait(false);
            if (isWanted)
            {
                await reader.CountAsync(fleet, cancellationToken).ConfigureAwait(false);
            }
        }

        var events = EventsOf(fleet, isRead, _legs[0].Switched);
        var registry = _legs[^1].Registry;
        if (events.LostAfterSwitch > 0)
        {
            _problems.Add($"{events.LostAfterSwitch} events that were sent after the switch are in no stream.");
        }

        if (registry is null)
        {
            _problems.Add($"The registries were not compared: '{primary.HostName}' is lost and there is no 'recover'.");
        }

        // After a real loss the first comparison is a figure (RPO), and what counts is what the merge made of it.
        foreach (var leg in _legs.Where((leg, i) => i == _legs.Count - 1 || definition.Lose is null))
        {
            if (leg.Registry is { Differences: > 0 } different)
            {
                _problems.Add($"{different.Differences} identities or configurations differ between '{leg.From}' and '{leg.To}'.");
            }
        }

        return new DrillReport
        {
            Passed = _problems.Count == 0,
            Problems = _problems,
            Run = _run,
            Started = started,
            Ended = _time.GetUtcNow(),
            Primary = primary.HostName,
            Secondary = secondary.HostName,
            Devices = fleet.Devices.Count,
            IntervalSeconds = definition.Interval.TotalSeconds,
            Loss = definition.Lose is null ? "fence" : "command",
            Events = events,
            Legs = _legs,
            Registry = registry,
            Rates = RatesOf(fleet, started),
        };
    }

    private DrillEvents EventsOf(DrillFleet fleet, bool[] isRead, DateTimeOffset switched)
    {
        var (sent, acknowledged, stored, lost, lostAfter, doubled, unread) = (0L, 0L, 0L, 0L, 0L, 0L, 0L);
        var (lostEvents, doubledEvents) = (new List<DrillEvent>(), new List<DrillEvent>());
        foreach (var device in fleet.Devices)
        {
            var sequence = 0;
            foreach (var message in device.Messages)
            {
                var isAcknowledged = message.Acknowledged > 0;
                var isAfter = message.Sent >= switched.UtcTicks;
                sent++;
                acknowledged += isAcknowledged ? 1 : 0;
                stored += message.Found > 0 ? 1 : 0;
                if (message.Found > 1)
                {
                    doubled++;
                    Add(doubledEvents, device, sequence, message);
                }
                else if (message.Found == 0 && isAcknowledged && message.AcknowledgedBy >= 0 && !isRead[message.AcknowledgedBy])
                {
                    unread++;
                }
                else if (message.Found == 0 && (isAcknowledged || isAfter))
                {
                    lost += isAcknowledged ? 1 : 0;
                    lostAfter += isAfter ? 1 : 0;
                    Add(lostEvents, device, sequence, message);
                }

                sequence++;
            }
        }

        return new DrillEvents
        {
            Sent = sent,
            Acknowledged = acknowledged,
            Stored = stored,
            Lost = lost,
            LostAfterSwitch = lostAfter,
            Doubled = doubled,
            Unread = unread,
            LostEvents = lostEvents,
            DoubledEvents = doubledEvents,
        };
    }

    private void Add(List<DrillEvent> list, DrillDevice device, int sequence, DrillMessage message)
    {
        if (list.Count < MaxEvents)
        {
            var by = message.AcknowledgedBy >= 0 ? Hubs[message.AcknowledgedBy].HostName : null;
            list.Add(new DrillEvent(device.Id, sequence, new DateTimeOffset(message.Sent, TimeSpan.Zero), by, message.Found));
        }
    }

    private static List<DrillRate> RatesOf(DrillFleet fleet, DateTimeOffset started)
    {
        var rates = new SortedDictionary<long, (int Primary, int Secondary)>();
        foreach (var message in fleet.Devices.SelectMany(device => device.Messages).Where(message => message.Acknowledged > 0))
        {
            var second = Math.Max(0, (message.Acknowledged - started.UtcTicks) / TimeSpan.TicksPerSecond);
            var (first, other) = rates.GetValueOrDefault(second);
            rates[second] = message.AcknowledgedBy == 0 ? (first + 1, other) : (first, other + 1);
        }

        var last = rates.Count == 0 ? -1 : rates.Keys.Last();
        var lines = new List<DrillRate>();
        for (var second = 0L; second <= last; second++)
        {
            var (first, other) = rates.GetValueOrDefault(second);
            lines.Add(new DrillRate(started.AddSeconds(second), first, other));
        }

        return lines;
    }
}
