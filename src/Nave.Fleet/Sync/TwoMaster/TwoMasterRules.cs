using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.TwoMaster;

/// <summary>
/// Each side says what is right for its own fields. A field that nobody owns follows the side that changed it since both were last in step;
/// one that both changed is a conflict, and the whole device goes into quarantine: nothing is guessed.
/// </summary>
internal sealed class TwoMasterRules(
    IDeviceProvider provider, string syncName, bool adopt, Fingerprint fingerprint, IReadOnlyDictionary<string, SyncMaster> owners)
    : PlanRules(provider, syncName, adopt)
{
    protected override PlanDecision Decide(PlanCase device)
    {
        var current = device.External is [var one] ? one : null;
        var isOurs = device.Synced is not null || IsOurs(device.Hub?.Mark);
        var owned = isOurs ? (device.Hub is null ? 0 : 1) + (current is null ? 0 : 1) : 0;
        if (Impossible(device, owned) is { } impossible)
        {
            return impossible;
        }

        return (device.Hub, current) switch
        {
            ({ } hub, { } external) => isOurs || Adopt ? Merge(device, hub, external, owned) : Conflict(
                device.DeviceId, owned, "Both sides have a device with this id, and this sync brought neither; --adopt takes both over."),
            ({ } hub, null) => OnHubOnly(device, hub, isOurs, owned),
            (null, { } external) => OnExternalOnly(device, external, owned),
            _ => new PlanDecision(new PlannedChange
            {
                DeviceId = device.DeviceId, Action = PlanAction.Unchanged, Reasons = [], Forget = device.Synced is not null, Release = device.Quarantined is not null,
            }),
        };
    }

    private PlanDecision OnHubOnly(PlanCase device, HubRow hub, bool isOurs, int owned)
    {
        var shared = Shared(hub.Tags);
        if (device.Synced is { Fields: not null } && isOurs)
        {
            // The external registry deleted it.
            return Unchanged(device.Synced, shared, visibleOnly: false) || Takes(device, SyncMaster.External)
                ? new PlanDecision(
                    new PlannedChange
                    {
                        DeviceId = device.DeviceId,
                        Action = PlanAction.Delete,
                        Reasons = [$"The external registry does not have it any more (key {Shorten(device.Synced.Key)})."],
                        Hub = new HubChange { Action = PlanAction.Delete, ETag = hub.ETag, ConfirmKey = device.Synced.Key },
                        Forget = true,
                        Release = device.Quarantined is not null,
                    },
                    owned)
                : Takes(device, SyncMaster.Hub)
                    ? CreateExternal(device, hub, owned)
                    : Quarantine(device, owned, "The external registry deleted it, and the hub changed it since both were last in step.");
        }

        return CreateExternal(device, hub, owned);
    }

    private PlanDecision CreateExternal(PlanCase device, HubRow hub, int owned)
    {
        var source = new HubDevice { DeviceId = hub.DeviceId, Tags = hub.Tags };
        var problems = Provider.Validate(source);
        if (problems.Count > 0)
        {
            return Traits.Fields.Any(field => field.IsRequired) && !Traits.Fields.Any(field => field.IsRequired && hub.Tags.ContainsKey(field.Name))
                ? PlanDecision.Foreign
                : Conflict(hub.DeviceId, owned, [.. problems.Select(problem => problem.Message)]);
        }

        var wanted = Provider.ToExternal(source);
        return new PlanDecision(
            new PlannedChange
            {
                DeviceId = hub.DeviceId,
                Action = PlanAction.Create,
                Reasons = ["It is not in the external registry."],
                External = new ExternalChange { Action = PlanAction.Create, Wanted = wanted },
                Hub = MarkOnly(hub, wanted, Shared(hub.Tags).Keys),
                After = After(wanted, Shared(hub.Tags)),
                Release = device.Quarantined is not null,
            },
            owned);
    }

    private PlanDecision OnExternalOnly(PlanCase device, ExternalDevice external, int owned)
    {
        var wanted = Shared(Provider.ToHub(external).Tags);
        if (device.Synced is { Fields: not null } synced)
        {
            // The hub deleted it.
            if (Unchanged(synced, wanted, visibleOnly: true) || Takes(device, SyncMaster.Hub))
            {
                return new PlanDecision(
                    new PlannedChange
                    {
                        DeviceId = device.DeviceId,
                        Action = PlanAction.Delete,
                        Reasons = [$"The hub does not have it any more (key {Shorten(external.Key)})."],
                        External = new ExternalChange { Action = PlanAction.Delete, Current = external },
                        Forget = true,
                        Release = device.Quarantined is not null,
                    },
                    owned);
            }

            if (!Takes(device, SyncMaster.External))
            {
                return Quarantine(device, owned, "The hub deleted it, and the external registry changed it since both were last in step.");
            }
        }

        var mark = MarkOf(external, wanted.Keys);
        if (TagFields.TryWrite(wanted, mark, Traits.ValuesAreJson, out var tags) is { } problem)
        {
            return Conflict(device.DeviceId, owned, $"Its fields cannot be tags. {problem}");
        }

        return new PlanDecision(
            new PlannedChange
            {
                DeviceId = device.DeviceId,
                Action = PlanAction.Create,
                Reasons = ["It is not on the hub."],
                Hub = new HubChange { Action = PlanAction.Create, Tags = tags },
                After = After(external, wanted),
                Release = device.Quarantined is not null,
            },
            owned);
    }

    private PlanDecision Merge(PlanCase device, HubRow hub, ExternalDevice external, int owned)
    {
        var merge = FieldMerge.Of(Traits, Shared(hub.Tags), Shared(Provider.ToHub(external).Tags), device.Synced, owners, fingerprint, TakenSide(device));
        if (merge.Conflicts.Count > 0)
        {
            return Quarantine(device, owned, [.. merge.Conflicts.Select(Describe)]);
        }

        var reasons = merge.Drifts.Select(Describe).ToList();
        if (owned == 0)
        {
            reasons.Add("It is taken over (--adopt).");
        }

        var target = new Dictionary<string, string>(hub.Tags, StringComparer.Ordinal);
        foreach (var (name, text) in merge.HubChanges)
        {
            _ = text is null ? target.Remove(name) : (target[name] = text) is not null;
        }

        var mark = MarkOf(external, merge.Values.Keys);
        if (merge.HubChanges.Count > 0 && TagFields.TryWrite(target, mark, Traits.ValuesAreJson, out _) is { } problem)
        {
            return Conflict(device.DeviceId, owned, $"Its fields cannot be tags. {problem}");
        }

        var source = new HubDevice { DeviceId = hub.DeviceId, Tags = target };
        ExternalChange? change = null;
        if (merge.ExternalChanges.Count > 0)
        {
            var problems = Provider.Validate(source);
            if (problems.Count > 0)
            {
                return Conflict(device.DeviceId, owned, [.. problems.Select(p => p.Message)]);
            }

            var removed = merge.ExternalChanges.Where(field => field.Value is null).Select(field => field.Key);
            var comparison = ExternalComparison.Of(Traits, external, Provider.ToExternal(source), device.Synced, fingerprint, removed);
            if (comparison.Recreate)
            {
                reasons.Add("The registry cannot change that in place; it is deleted and created again.");
            }

            change = new ExternalChange { Action = PlanAction.Update, Current = external, Wanted = comparison.Wanted, Recreate = comparison.Recreate };
        }

        if (reasons.Count == 0 && mark != hub.Mark)
        {
            reasons.Add("The mark on it is out of date.");
        }

        var after = After(change?.Wanted ?? external, merge.Values);
        if (reasons.Count > 0)
        {
            return new PlanDecision(
                new PlannedChange
                {
                    DeviceId = device.DeviceId,
                    Action = PlanAction.Update,
                    Reasons = reasons,
                    Hub = merge.HubChanges.Count == 0 && mark == hub.Mark ? null : new HubChange
                    {
                        Action = PlanAction.Update,
                        Tags = TagFields.Patch(hub.Tags, merge.HubChanges, mark == hub.Mark ? null : mark, Traits.ValuesAreJson),
                        ETag = hub.TwinETag,
                    },
                    External = change,
                    After = after,
                    Release = device.Quarantined is not null,
                },
                owned);
        }

        // In step; what is noted of it may be old: both sides changed a field to the same.
        var isNoted = device.Synced is { Fields: { } noted } && device.Synced.Key == after.Key
            && noted.Count == after.Fields!.Count && after.Fields.All(field => noted.GetValueOrDefault(field.Key) == field.Value); // Made with fields.
        return isNoted && device.Quarantined is null ? new PlanDecision(null, owned) : new PlanDecision(
            new PlannedChange
            {
                DeviceId = device.DeviceId, Action = PlanAction.Unchanged, Reasons = [], After = after, Release = device.Quarantined is not null,
            },
            owned);
    }

    private static PlanDecision Quarantine(PlanCase device, int owned, params IReadOnlyList<string> reasons) => new(
        new PlannedChange { DeviceId = device.DeviceId, Action = PlanAction.Conflict, Reasons = reasons, Quarantine = true }, owned);

    private static bool Takes(PlanCase device, SyncMaster side) => TakenSide(device) == side;

    private static SyncMaster? TakenSide(PlanCase device) => device.Quarantined?.Take switch
    {
        "hub" => SyncMaster.Hub,
        "external" => SyncMaster.External,
        _ => null,
    };

    private HubChange? MarkOnly(HubRow hub, ExternalDevice external, IEnumerable<string> fields)
    {
        var mark = MarkOf(external, fields);
        return mark == hub.Mark ? null : new HubChange
        {
            Action = PlanAction.Update, Tags = TagFields.Patch(hub.Tags, [], mark, Traits.ValuesAreJson), ETag = hub.TwinETag,
        };
    }

    private SyncedDevice After(ExternalDevice external, IReadOnlyDictionary<string, string> values) => new() { Key = external.Key, Fields = fingerprint.Of(values) };

    /// <summary>The fields that both sides have: what the registry keeps.</summary>
    private Dictionary<string, string> Shared(IReadOnlyDictionary<string, string> tags) =>
        Normalize(tags).Where(tag => Traits.Keeps(tag.Key)).ToDictionary(StringComparer.Ordinal);

    private bool Unchanged(SyncedDevice synced, Dictionary<string, string> fields, bool visibleOnly)
    {
        var noted = synced.Fields!.Where(field => !visibleOnly || !Traits.IsWriteOnly(field.Key)).ToArray(); // The caller checked.
        return noted.Length == fields.Count && noted.All(field => fields.TryGetValue(field.Key, out var text) && fingerprint.Of(field.Key, text) == field.Value);
    }

    private string Describe(FieldDrift drift)
    {
        if (Traits.IsWriteOnly(drift.Name))
        {
            return $"The field '{drift.Name}' changed on the hub.";
        }

        var both = $"The field '{drift.Name}' is {Show(drift.Hub)} on the hub and {Show(drift.External)} in the external registry";
        return drift.Why switch
        {
            FieldDriftKind.HubOwns => $"{both}; the hub owns it.",
            FieldDriftKind.ExternalOwns => $"{both}; the external registry owns it.",
            FieldDriftKind.HubChanged => $"{both}; the hub changed it.",
            FieldDriftKind.ExternalChanged => $"{both}; the external registry changed it.",
            FieldDriftKind.HubTaken => $"{both}; the hub's was chosen.",
            FieldDriftKind.ExternalTaken => $"{both}; the external registry's was chosen.",
            FieldDriftKind.BothChanged => $"{both}; both changed it since they were last in step.",
            _ => $"{both}; they were never in step.",
        };
    }
}
