using Microsoft.Extensions.Logging.Abstractions;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <content>One switch from a hub to the other, and what follows it.</content>
public sealed partial class HubDrill
{
    private async Task<DrillLeg> SwitchAsync(
        int from, DrillMirror mirror, TwinTraffic traffic, DrillFleet fleet, DrillReader[] readers, CancellationToken cancellationToken)
    {
        var (source, target) = (Hubs[from], Hubs[1 - from]);
        var variables = new Dictionary<string, string> { ["NAVE_DRILL_FROM"] = source.HostName, ["NAVE_DRILL_TO"] = target.HostName };

        // 1. The loss. Going back is planned always.
        DateTimeOffset lost;
        if (from == 0 && definition.Lose is { } lose)
        {
            say($"losing {source.HostName}");
            lost = _time.GetUtcNow();
            await ShellCommand.RunAsync("lose", lose, variables, definition.Timeout, _time, cancellationToken).ConfigureAwait(false);
            await traffic.StopAsync(isLost: true).ConfigureAwait(false);
        }
        else
        {
            await traffic.StopAsync(isLost: false).ConfigureAwait(false);
            lost = _time.GetUtcNow();
        }

        // 2. The switch.
        var promotion = await mirror.PromoteAsync(definition.Timeout, _time, cancellationToken).ConfigureAwait(false);
        say(FormattableString.Invariant(
            $"{target.HostName} took over {(promotion.Promoted - lost).TotalSeconds:0.00} s after the loss; the mirror was {promotion.LagEvents?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "an unknown number of"} events, {promotion.LagSeconds:0.0} s behind"));
        if (definition.Switch is { } command)
        {
            await ShellCommand.RunAsync("switch", command, variables, definition.Timeout, _time, cancellationToken).ConfigureAwait(false);
        }

        // 3. Everyone is there.
        var isComplete = await fleet.WaitAsync(1 - from, promotion.Promoted, cancellationToken).ConfigureAwait(false);
        var clients = fleet.Devices.Select(device => DrillClients.Of(device, 1 - from, lost)).ToArray();

        // The first may be in before the promotion's own answer is back.
        var after = DrillFigures.Of(clients.Select(client => (client.SendingResumed - promotion.Promoted)?.TotalSeconds is { } seconds ? Math.Max(0, seconds) : (double?)null));
        var leg = new DrillLeg
        {
            Direction = from == 0 ? "over" : "back",
            From = source.HostName,
            To = target.HostName,
            Lost = lost,
            Switched = promotion.Promoted,
            Promotion = promotion,
            LagEvents = promotion.LagEvents,
            LagSeconds = Math.Round(promotion.LagSeconds, 3),
            RecoveryTime = DrillFigures.Of(clients.Select(client => (client.SendingResumed - lost)?.TotalSeconds)),
            AfterSwitch = after,
            SendingGap = DrillFigures.Of(clients.Select(client => (client.SendingResumed - client.SendingStopped)?.TotalSeconds)),
            ReadingGap = DrillFigures.Of(clients.Select(client => (client.ReadingResumed - client.ReadingStopped)?.TotalSeconds)),
            Missing = clients.Count(client => client.SendingResumed is null),
            Clients = clients,
            Readers = [.. readers.Select((reader, hub) => DrillClients.Of(reader, isNew: hub != from, lost, promotion.Promoted))],
        };
        Judge(leg, isComplete);
        say(FormattableString.Invariant($"{clients.Length - leg.Missing} of {clients.Length} devices send again, the last {after?.Max ?? 0:0.00} s after the switch"));
        return leg;
    }

    private void Judge(DrillLeg leg, bool isComplete)
    {
        if (leg.Missing > 0)
        {
            _problems.Add($"{leg.Missing} devices did not send to '{leg.To}' within {definition.Timeout}.");
        }
        else if (!isComplete)
        {
            _problems.Add($"Not every device's events could be read from '{leg.To}' within {definition.Timeout}.");
        }

        if (definition.SendingAgainWithin is { } goal && leg.AfterSwitch is { } figures && figures.Max > goal.TotalSeconds)
        {
            _problems.Add(FormattableString.Invariant(
                $"The last device sent to '{leg.To}' {figures.Max:0.0} s after the switch; {goal.TotalSeconds:0.0} s are the goal (sendingAgainWithin)."));
        }
    }

    /// <summary>Brings the lost hub back. It may come back active: it is made to stand by as soon as it answers.</summary>
    private async Task RecoverAsync(HubRegistry hub, CancellationToken cancellationToken)
    {
        say($"bringing {hub.HostName} back");
        var variables = new Dictionary<string, string> { ["NAVE_DRILL_FROM"] = primary.HostName, ["NAVE_DRILL_TO"] = secondary.HostName };
        await ShellCommand.RunAsync("recover", definition.Recover!, variables, definition.Timeout, _time, cancellationToken).ConfigureAwait(false); // Asked before.
        var started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                if (hub.IsNave)
                {
                    await hub.Client.SetStandbyAsync(true, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await hub.Client.GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
                }

                return;
            }
            catch (Exception e) when (e is HttpRequestException or TimeoutException or IOException or HubException { IsTransient: true })
            {
                if (_time.GetElapsedTime(started) > definition.Timeout)
                {
                    throw new TimeoutException($"'{hub.HostName}' does not answer {definition.Timeout} after 'recover'.", e);
                }
            }

            await Task.Delay(s_look, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<MergeReport> MergeAsync(HubRegistry[] registries, string folder, CancellationToken cancellationToken)
    {
        var merge = await new HubMerger(registries[0], registries[1], new MergeOptions { Folder = folder, Apply = true })
            .RunAsync(NullLogger.Instance, cancellationToken).ConfigureAwait(false);
        if (merge.Conflicts > 0 || merge.Failed > 0)
        {
            _problems.Add($"The merge left {merge.Conflicts} conflicts and {merge.Failed} identities that a hub did not take.");
        }

        return merge;
    }
}
