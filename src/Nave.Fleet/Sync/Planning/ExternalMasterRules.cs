using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Sync.Planning;

/// <summary>
/// The external registry says what is right. What it has is on the hub, with its fields as tags; what carries the mark and is not there any
/// more goes; tags that the sync did not write stay as they are.
/// </summary>
internal sealed class ExternalMasterRules(IDeviceProvider provider, string syncName, bool adopt) : PlanRules(provider, syncName, adopt)
{
    protected override PlanDecision Decide(PlanCase device)
    {
        var hub = device.Hub;
        var isOurs = IsOurs(hub?.Mark);
        var owned = isOurs ? 1 : 0;
        if (device.External.Count == 0)
        {
            return isOurs ? new PlanDecision(Delete(hub!), owned) : PlanDecision.Foreign; // Ours, so there.
        }

        if (Impossible(device, owned) is { } impossible)
        {
            return impossible;
        }

        var external = device.External[0];
        var wanted = Normalize(Provider.ToHub(external).Tags);
        var mark = MarkOf(external, wanted.Keys);
        if (TagFields.TryWrite(wanted, mark, Traits.ValuesAreJson, out var tags) is { } problem)
        {
            return Conflict(device.DeviceId, owned, $"Its fields cannot be tags. {problem}");
        }

        if (hub is null)
        {
            return new PlanDecision(new PlannedChange
            {
                DeviceId = device.DeviceId,
                Action = PlanAction.Create,
                Reasons = ["It is not on the hub."],
                Hub = new HubChange { Action = PlanAction.Create, Tags = tags },
            });
        }

        return isOurs || Adopt ? Compare(hub, wanted, mark, owned) : Conflict(device.DeviceId, owned, NotOurs(hub.Mark));
    }

    private static PlannedChange Delete(HubRow hub) => new()
    {
        DeviceId = hub.DeviceId,
        Action = PlanAction.Delete,
        Reasons = [$"The external registry does not have it any more (key {Shorten(hub.Mark!.Key)})."], // Ours, so marked.
        Hub = new HubChange { Action = PlanAction.Delete, ETag = hub.ETag, ConfirmKey = hub.Mark.Key },
    };

    private PlanDecision Compare(HubRow hub, Dictionary<string, string> wanted, SyncMark mark, int owned)
    {
        var reasons = new List<string>();
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, text) in wanted.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            if (!hub.Tags.TryGetValue(name, out var current) || current != text)
            {
                changes[name] = text;
                reasons.Add(Changed("The tag", name, current, text));
            }
        }

        // Only what the sync wrote goes again.
        foreach (var name in owned == 0 ? [] : hub.Mark!.Fields) // Owned, so marked.
        {
            if (!wanted.ContainsKey(name) && hub.Tags.TryGetValue(name, out var current))
            {
                changes[name] = null;
                reasons.Add(Changed("The tag", name, current, null));
            }
        }

        if (owned == 0)
        {
            reasons.Add("It is taken over (--adopt).");
        }
        else if (reasons.Count == 0 && mark != hub.Mark)
        {
            reasons.Add("The mark on it is out of date.");
        }

        return reasons.Count == 0 ? new PlanDecision(null, owned) : new PlanDecision(
            new PlannedChange
            {
                DeviceId = hub.DeviceId,
                Action = PlanAction.Update,
                Reasons = reasons,
                Hub = new HubChange
                {
                    Action = PlanAction.Update,
                    Tags = TagFields.Patch(hub.Tags, changes, mark == hub.Mark ? null : mark, Traits.ValuesAreJson),
                    ETag = hub.TwinETag,
                },
            },
            owned);
    }
}
