using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Sync.TwoMaster;

/// <summary>Merges the fields of two sides, three ways: with what both had last.</summary>
internal sealed class FieldMerge
{
    private FieldMerge()
    {
    }

    /// <summary>Gets what is to be changed on the hub; <see langword="null"/> = the field goes.</summary>
    public Dictionary<string, string?> HubChanges { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets what is to be changed in the external registry; <see langword="null"/> = the field goes.</summary>
    public Dictionary<string, string?> ExternalChanges { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the values that both sides have afterwards.</summary>
    public Dictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the fields that differed and were decided.</summary>
    public List<FieldDrift> Drifts { get; } = [];

    /// <summary>Gets the fields that differ and cannot be decided.</summary>
    public List<FieldDrift> Conflicts { get; } = [];

    /// <summary>Merges.</summary>
    /// <param name="traits">What the registry can do.</param>
    /// <param name="hub">The hub's fields.</param>
    /// <param name="external">The registry's fields.</param>
    /// <param name="synced">What both had last.</param>
    /// <param name="owners">Who owns which field.</param>
    /// <param name="fingerprint">Makes what <paramref name="synced"/> has.</param>
    /// <param name="taken">Whose side somebody chose for what would be a conflict.</param>
    public static FieldMerge Of(
        ProviderTraits traits,
        Dictionary<string, string> hub,
        Dictionary<string, string> external,
        SyncedDevice? synced,
        IReadOnlyDictionary<string, SyncMaster> owners,
        Fingerprint fingerprint,
        SyncMaster? taken)
    {
        var merge = new FieldMerge();
        foreach (var name in hub.Keys.Union(external.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var left = hub.GetValueOrDefault(name);
            var right = external.GetValueOrDefault(name);
            var known = synced?.Fields?.GetValueOrDefault(name);
            if (traits.IsWriteOnly(name))
            {
                merge.AddWriteOnly(name, left, synced, known, fingerprint);
                continue;
            }

            if (left == right)
            {
                merge.Keep(name, left);
                continue;
            }

            if (owners.TryGetValue(name, out var owner))
            {
                merge.Decide(name, left, right, owner, owner == SyncMaster.Hub ? FieldDriftKind.HubOwns : FieldDriftKind.ExternalOwns);
                continue;
            }

            var isKnown = synced?.Fields is not null;
            var hubChanged = (left is null ? null : fingerprint.Of(name, left)) != known;
            var externalChanged = (right is null ? null : fingerprint.Of(name, right)) != known;
            if (isKnown && hubChanged && !externalChanged)
            {
                merge.Decide(name, left, right, SyncMaster.Hub, FieldDriftKind.HubChanged);
            }
            else if (isKnown && externalChanged && !hubChanged)
            {
                merge.Decide(name, left, right, SyncMaster.External, FieldDriftKind.ExternalChanged);
            }
            else if (taken is { } side)
            {
                merge.Decide(name, left, right, side, side == SyncMaster.Hub ? FieldDriftKind.HubTaken : FieldDriftKind.ExternalTaken);
            }
            else
            {
                merge.Conflicts.Add(new FieldDrift(name, left, right, isKnown ? FieldDriftKind.BothChanged : FieldDriftKind.NeverInStep));
            }
        }

        return merge;
    }

    /// <summary>Only the hub can tell the value: it goes to the registry when it is not what was written there last.</summary>
    private void AddWriteOnly(string name, string? hub, SyncedDevice? synced, string? known, Fingerprint fingerprint)
    {
        if (hub is null)
        {
            return;
        }

        Values[name] = hub;
        if (synced is not null && known != fingerprint.Of(name, hub))
        {
            ExternalChanges[name] = hub;
            Drifts.Add(new FieldDrift(name, null, null, FieldDriftKind.HubChanged));
        }
    }

    private void Keep(string name, string? value)
    {
        if (value is not null)
        {
            Values[name] = value;
        }
    }

    private void Decide(string name, string? hub, string? external, SyncMaster side, FieldDriftKind why)
    {
        if (side == SyncMaster.Hub)
        {
            ExternalChanges[name] = hub;
            Keep(name, hub);
        }
        else
        {
            HubChanges[name] = external;
            Keep(name, external);
        }

        Drifts.Add(new FieldDrift(name, hub, external, why));
    }
}
