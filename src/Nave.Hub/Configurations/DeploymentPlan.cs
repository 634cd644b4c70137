using System.Text;
using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <summary>
/// What an edge device is to run: of the deployments that set all of it the strongest, and the layers that are stronger than that.
/// Source: Azure's page on IoT Edge automatic deployments.
/// </summary>
internal sealed class DeploymentPlan
{
    private const string EdgeAgent = "$edgeAgent";

    private readonly List<CompiledConfiguration> _used = [];
    private readonly Dictionary<string, (ConfigurationStatus Status, CompiledConfiguration Configuration)> _statuses = new(StringComparer.Ordinal);

    private DeploymentPlan()
    {
    }

    /// <summary>Gets a value indicating whether anything is deployed at all: layers alone are not.</summary>
    public bool HasBase => _used.Count > 0;

    /// <summary>Gets the modules that the device is to have, beside those of the runtime.</summary>
    public IReadOnlySet<string> Modules { get; private set; } = new HashSet<string>();

    /// <summary>Makes the plan for deployments that are aimed at a device, the weakest first.</summary>
    public static DeploymentPlan Make(IEnumerable<CompiledConfiguration> deployments)
    {
        var plan = new DeploymentPlan();
        var ordered = deployments.ToList();
        var first = ordered.FindLastIndex(one => !one.IsLayer);
        if (first >= 0)
        {
            plan._used.AddRange(ordered[first..]);
        }

        foreach (var one in ordered)
        {
            plan._statuses[one.Id] = (plan._used.Contains(one) ? ConfigurationStatus.Applied : ConfigurationStatus.Targeted, one);
        }

        plan.Modules = NamesOf(plan._used.Select(one => one.Modules), plan.SettingsOf(EdgeAgent));
        return plan;
    }

    /// <summary>Finds the modules that content names: as such, or in what it tells the edge agent to run.</summary>
    public static IReadOnlySet<string> NamesOf(
        IEnumerable<IReadOnlyDictionary<string, IReadOnlyList<ConfigurationSetting>>> contents,
        IEnumerable<(IReadOnlyList<ConfigurationSetting> Settings, TwinWriter? Writer)> agent)
    {
        var names = contents.SelectMany(content => content.Keys).ToHashSet(StringComparer.Ordinal);
        var wanted = new WantedProperties();
        foreach (var (settings, writer) in agent)
        {
            wanted.Add(settings, writer, ownsRoot: true);
        }

        names.UnionWith(wanted.ChildrenOf("modules"u8.ToArray()).Select(name => Encoding.UTF8.GetString(name.Span)).Where(Api.IdentityRules.IsValidId));
        names.RemoveWhere(name => name.StartsWith('$'));
        return names;
    }

    /// <summary>Gets what is set in a module's twin, the weakest first.</summary>
    public IEnumerable<(IReadOnlyList<ConfigurationSetting> Settings, TwinWriter? Writer)> SettingsOf(string module) => _used
        .Where(one => one.Modules.ContainsKey(module))
        .Select(one => (one.Modules[module], (TwinWriter?)one.Writer));

    /// <summary>Gets what the twin of a module shows, or that of the device.</summary>
    public IEnumerable<(string Id, ConfigurationStatus Status)> StatusesFor(string? module) => _statuses
        .Where(entry => module is null or EdgeAgent || entry.Value.Configuration.Modules.ContainsKey(module))
        .Select(entry => (entry.Key, entry.Value.Status));
}
