using System.Globalization;
using Nave.Api;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Sync.Planning;

/// <summary>Decides what to do with one device. Pure: the same case has the same answer.</summary>
/// <param name="provider">For its traits and its mapping.</param>
/// <param name="syncName">The name of the sync.</param>
/// <param name="adopt">Whether devices without the mark are taken over.</param>
internal abstract class PlanRules(IDeviceProvider provider, string syncName, bool adopt)
{
    // What fits a line; tags may have 4 KiB.
    private const int ShownCharacters = 60;

    protected IDeviceProvider Provider { get; } = provider;

    protected ProviderTraits Traits { get; } = provider.Traits;

    protected bool Adopt { get; } = adopt;

    /// <summary>Decides, and makes a conflict of what the registry cannot do.</summary>
    public PlanDecision Plan(PlanCase device)
    {
        var decision = Decide(device);
        return decision.Change?.External is { } external && Unable(external) is { } reason
            ? Conflict(device.DeviceId, decision.Owned, [.. decision.Change.Reasons, reason])
            : decision;
    }

    protected abstract PlanDecision Decide(PlanCase device);

    /// <summary>Makes the rules of a configuration.</summary>
    public static PlanRules For(SyncConfiguration configuration, IDeviceProvider provider, bool adopt, Fingerprint fingerprint) => configuration.Master switch
    {
        SyncMaster.Hub => new HubMasterRules(provider, configuration.Name, adopt, fingerprint),
        SyncMaster.Both => new TwoMaster.TwoMasterRules(provider, configuration.Name, adopt, fingerprint, configuration.FieldOwners),
        _ => new ExternalMasterRules(provider, configuration.Name, adopt),
    };

    protected bool IsOurs(SyncMark? mark) => mark is not null && mark.Name == syncName;

    protected SyncMark MarkOf(ExternalDevice external, IEnumerable<string> fields) =>
        new(syncName, Traits.Name, external.Key, [.. fields.Order(StringComparer.Ordinal)]);

    protected static PlanDecision Conflict(string deviceId, int owned, params IReadOnlyList<string> reasons) =>
        new(new PlannedChange { DeviceId = deviceId, Action = PlanAction.Conflict, Reasons = reasons }, owned);

    /// <summary>Finds what no rule can decide on: an id that no hub permits, and several external devices for one id.</summary>
    protected PlanDecision? Impossible(PlanCase device, int owned)
    {
        if (device.External.Count > 1)
        {
            var keys = device.External.Select(external => external.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
            return Conflict(device.DeviceId, owned, keys.Length > 1
                ? $"Several external devices would be this one: {string.Join(", ", keys.Take(10).Select(Shorten))}."
                : $"The external registry lists '{Shorten(keys[0])}' more than once, with different fields.");
        }

        return device.External.Count == 1 && IdentityRules.Check(new IdentityId(device.DeviceId)) is { } error
            ? Conflict(device.DeviceId, owned, $"A hub does not permit this id. {error.Message}")
            : null;
    }

    /// <summary>Says why a hub device that is not the sync's own is left alone.</summary>
    protected string NotOurs(SyncMark? mark) => mark is null
        ? "The hub's device does not carry this sync's mark; --adopt takes it over."
        : $"The hub's device carries the mark of the sync '{Shorten(mark.Name)}'; --adopt takes it over.";

    private string? Unable(ExternalChange change) => change switch
    {
        { Action: PlanAction.Create } when !Traits.CanCreate => "The external registry takes no new devices.",
        { Action: PlanAction.Delete } when !Traits.CanDelete => "The external registry lets no device be deleted.",
        { Recreate: true } when !Traits.CanCreate || !Traits.CanDelete => "The external registry can neither change that nor create the device again.",
        _ => null,
    };

    protected string Changed(string what, string name, string? from, string? to)
    {
        if (Traits.IsWriteOnly(name))
        {
            return $"{what} '{name}' changed.";
        }

        return (from, to) switch
        {
            (null, _) => $"{what} '{name}' is missing, wanted is {Show(to)}.",
            (_, null) => $"{what} '{name}' is {Show(from)}, and is to go.",
            _ => $"{what} '{name}' is {Show(from)}, wanted is {Show(to)}.",
        };
    }

    protected string Show(string? value) => value is null ? "nothing" : Traits.ValuesAreJson ? Shorten(value) : $"'{Shorten(value)}'";

    protected static string Shorten(string text)
    {
        var shown = text.Length <= ShownCharacters ? text : string.Concat(text.AsSpan(0, ShownCharacters), "…");
        return shown.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0
            ? shown
            : string.Concat(shown.Select(c => c < ' ' ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));
    }

    /// <summary>Makes texts comparable with those that were read from a hub.</summary>
    protected Dictionary<string, string> Normalize(IReadOnlyDictionary<string, string> fields)
    {
        var normal = new Dictionary<string, string>(fields.Count, StringComparer.Ordinal);
        foreach (var (name, text) in fields)
        {
            // What is no JSON is found when tags are made of it.
            normal[name] = Traits.ValuesAreJson && JsonText.TryNormalize(text, out var json) ? json : text;
        }

        return normal;
    }
}
