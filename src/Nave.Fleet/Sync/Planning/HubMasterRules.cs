using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.Planning;

/// <summary>
/// The hub says what is right. A hub device with every tag that the registry needs is there; what the sync brought there and is not on the
/// hub any more goes; external devices that it did not bring stay as they are.
/// </summary>
internal sealed class HubMasterRules(IDeviceProvider provider, string syncName, bool adopt, Fingerprint fingerprint) : PlanRules(provider, syncName, adopt)
{
    protected override PlanDecision Decide(PlanCase device)
    {
        var current = device.External is [var one] ? one : null;
        var owned = device.Synced is not null && current is not null ? 1 : 0;
        if (device.Hub is not { } hub)
        {
            return Absent(device, current, owned);
        }

        if (device.External.Count > 1 && Impossible(device, owned) is { } impossible)
        {
            return impossible;
        }

        var source = new HubDevice { DeviceId = hub.DeviceId, Tags = hub.Tags };
        var problems = Provider.Validate(source);
        if (problems.Count > 0)
        {
            // A hub has other devices too. One that has none of the tags was never meant for this registry.
            return current is null && Traits.Fields.Any(field => field.IsRequired) && !Traits.Fields.Any(field => field.IsRequired && hub.Tags.ContainsKey(field.Name))
                ? PlanDecision.Foreign
                : Conflict(hub.DeviceId, owned, [.. problems.Select(problem => problem.Message)]);
        }

        var wanted = Provider.ToExternal(source);
        return current is null ? Create(hub, wanted) : Compare(device, current, wanted, owned);
    }

    private PlanDecision Absent(PlanCase device, ExternalDevice? current, int owned)
    {
        if (device.Synced is null)
        {
            return PlanDecision.Foreign;
        }

        if (device.External.Count > 1 && Impossible(device, 1) is { } impossible)
        {
            return impossible;
        }

        if (current is null)
        {
            // Gone on both sides.
            return new PlanDecision(new PlannedChange { DeviceId = device.DeviceId, Action = PlanAction.Unchanged, Reasons = [], Forget = true });
        }

        return new PlanDecision(
            new PlannedChange
            {
                DeviceId = device.DeviceId,
                Action = PlanAction.Delete,
                Reasons = [$"The hub does not have it any more (key {Shorten(current.Key)})."],
                External = new ExternalChange { Action = PlanAction.Delete, Current = current },
                Forget = true,
            },
            owned);
    }

    private PlanDecision Create(HubRow hub, ExternalDevice wanted) => new(new PlannedChange
    {
        DeviceId = hub.DeviceId,
        Action = PlanAction.Create,
        Reasons = ["It is not in the external registry."],
        External = new ExternalChange { Action = PlanAction.Create, Wanted = wanted },
        After = After(wanted),
    });

    private SyncedDevice After(ExternalDevice wanted) => new() { Key = wanted.Key, Fields = fingerprint.Of(wanted.Fields) };

    private PlanDecision Compare(PlanCase device, ExternalDevice current, ExternalDevice wanted, int owned)
    {
        if (owned == 0 && !Adopt)
        {
            return Conflict(device.DeviceId, 0, "The external registry has a device with this id that this sync did not bring there; --adopt takes it over.");
        }

        var comparison = ExternalComparison.Of(Traits, current, wanted, device.Synced, fingerprint);
        var reasons = comparison.Differences.Select(difference => Changed("The field", difference.Name, difference.From, difference.To)).ToList();
        if (owned == 0)
        {
            reasons.Add("It is taken over (--adopt).");
        }

        if (current.Key != wanted.Key)
        {
            reasons.Add($"Its key is {Shorten(current.Key)}, wanted is {Shorten(wanted.Key)}; it is deleted and created again.");
        }
        else if (comparison.Recreate)
        {
            reasons.Add("The registry cannot change that in place; it is deleted and created again.");
        }

        if (reasons.Count == 0)
        {
            return new PlanDecision(null, owned);
        }

        var changes = comparison.Differences.Count > 0 || current.Key != wanted.Key;
        return new PlanDecision(
            new PlannedChange
            {
                DeviceId = device.DeviceId,
                Action = PlanAction.Update,
                Reasons = reasons,
                External = changes
                    ? new ExternalChange
                    {
                        Action = PlanAction.Update,
                        Current = current,
                        Wanted = comparison.Wanted,
                        Recreate = comparison.Recreate || current.Key != wanted.Key,
                    }
                    : null,
                After = After(wanted),
            },
            owned);
    }
}
