using Nave.Api;
using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <summary>What configurations want of one twin.</summary>
/// <param name="Wanted">Its desired properties.</param>
/// <param name="Statuses">Which are aimed at it, with their status.</param>
/// <param name="KeepsDeployed">Whether what deployments wrote stays although none is aimed at the device any more.</param>
internal sealed record TwinPlan(WantedProperties Wanted, IReadOnlyDictionary<string, ConfigurationStatus> Statuses, bool KeepsDeployed)
{
    private static readonly WantedProperties s_nothing = new();

    /// <summary>Makes the plan of a twin for configurations that are aimed at it and set something in it, and for its part of a deployment.</summary>
    /// <param name="matched">The configurations, the weakest first.</param>
    /// <param name="deployment">What is deployed to the device; <see langword="null"/> = nothing.</param>
    /// <param name="id">Whose twin.</param>
    public static TwinPlan Make(IReadOnlyList<CompiledConfiguration> matched, DeploymentPlan? deployment, IdentityId id)
    {
        var wanted = new WantedProperties();
        var deployed = deployment is null || id.ModuleId is not { } module ? [] : deployment.SettingsOf(module);
        foreach (var (settings, writer) in deployed)
        {
            wanted.Add(settings, writer, ownsRoot: true);
        }

        foreach (var configuration in matched.Where(one => one.Kind != ConfigurationKind.Deployment))
        {
            wanted.Add(configuration.Settings, configuration.Writer, ownsRoot: false);
        }

        var statuses = new Dictionary<string, ConfigurationStatus>(StringComparer.Ordinal);
        var writers = wanted.FindWriters();
        foreach (var configuration in matched.Where(one => one.Kind != ConfigurationKind.Deployment))
        {
            statuses[configuration.Id] = writers.Contains(configuration.Writer) ? ConfigurationStatus.Applied : ConfigurationStatus.Targeted;
        }

        foreach (var (name, status) in deployment?.StatusesFor(id.ModuleId) ?? [])
        {
            statuses[name] = status;
        }

        return new TwinPlan(wanted, statuses, KeepsDeployed: deployment is not { HasBase: true });
    }

    /// <summary>Makes the change that fulfils the plan.</summary>
    /// <returns>The change, which may be none.</returns>
    public TwinEdit ToEdit(TwinDocument twin, DateTimeOffset time)
    {
        var edit = Apply(twin, Wanted, Statuses, time);
        if (edit.IsSuccess)
        {
            return edit.Value;
        }

        // All of it is more than a twin may hold: then none of it is there, and everybody can see that.
        var refused = Statuses.ToDictionary(entry => entry.Key, _ => ConfigurationStatus.Targeted, StringComparer.Ordinal);
        return Apply(twin, s_nothing, refused, time).Value!; // Taking away never makes it larger.
    }

    private HubResult<TwinEdit> Apply(
        TwinDocument twin, WantedProperties wanted, IReadOnlyDictionary<string, ConfigurationStatus> statuses, DateTimeOffset time)
    {
        var configurations = statuses.Count == 0 ? TwinJson.EmptyObject : TwinConfigurations.Write(statuses);
        if (wanted.IsEmpty && !TwinMetadata.HasWriters(twin.Desired.Metadata.Span))
        {
            return TwinEdit.MakeConfigured(twin, new TwinNode(default(ReadOnlyMemory<byte>)), patch: null, configurations, isByConfiguration: true, time);
        }

        var desired = twin.Desired.ToTree();

        // What an import brought along and none of this hub's configurations wrote stays, until the one that wrote it is imported too.
        var known = TwinConfigurations.Read(twin.Configurations).Select(entry => entry.Id).ToHashSet(StringComparer.Ordinal);
        var patch = wanted.MakePatch(desired, writer => writer.IsDeployment ? KeepsDeployed : !known.Contains(writer.Id));
        return TwinEdit.MakeConfigured(twin, desired, patch, configurations, isByConfiguration: true, time);
    }
}
