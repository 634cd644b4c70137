using Nave.Api;
using Nave.Hub.Devices;
using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <summary>Brings one twin, or an edge device with its modules, to what configurations want. Doing it twice is doing it once.</summary>
internal sealed class TwinReconciler(ConfigurationParts parts)
{
    /// <summary>Tells whether a twin surely is as configurations want it, without a look at anything else.</summary>
    public bool IsDone(TwinDocument twin, ConfigurationSet set)
    {
        // What belongs to a deployment takes a look at the whole device.
        if (twin.Identity.Id.IsModule || twin.Identity.IsEdge)
        {
            return false;
        }

        var edit = TwinPlan.Make(Match(twin, set), deployment: null, twin.Identity.Id).ToEdit(twin, parts.Twins.Now);
        return edit.Patch.IsEmpty && !edit.ConfigurationsChanged;
    }

    /// <summary>Brings a twin to what is wanted.</summary>
    /// <returns>Why that was not possible, or <see langword="null"/>; an identity that is gone is no error.</returns>
    public async ValueTask<HubError?> ReconcileAsync(IdentityId id, ConfigurationSet set, CancellationToken cancellationToken)
    {
        var device = await parts.Twins.FindAsync(new IdentityId(id.DeviceId), cancellationToken).ConfigureAwait(false);
        if (device is null)
        {
            return null;
        }

        var deployment = set.HasDeployments && device.Identity.IsEdge
            ? DeploymentPlan.Make(Match(device, set).Where(one => one.Kind == ConfigurationKind.Deployment))
            : null;
        if (id.IsModule)
        {
            return await ReconcileTwinAsync(id, deployment, set, cancellationToken).ConfigureAwait(false);
        }

        var error = deployment is not null || WasDeployedTo(device, set)
            ? await ReconcileModulesAsync(id.DeviceId, deployment, set, cancellationToken).ConfigureAwait(false)
            : null;
        return await ReconcileTwinAsync(id, deployment, set, cancellationToken).ConfigureAwait(false) ?? error;
    }

    private static IReadOnlyList<CompiledConfiguration> Match(TwinDocument twin, ConfigurationSet set)
    {
        var matcher = set.RentMatcher();
        var matched = matcher.Match(twin);
        set.Return(matcher);
        return matched;
    }

    private static bool WasDeployedTo(TwinDocument device, ConfigurationSet set) => device.HasConfigurations
        && TwinConfigurations.Read(device.Configurations).Any(entry => !set.ById.TryGetValue(entry.Id, out var one) || one.Kind == ConfigurationKind.Deployment);

    private async ValueTask<HubError?> ReconcileModulesAsync(
        string deviceId, DeploymentPlan? deployment, ConfigurationSet set, CancellationToken cancellationToken)
    {
        HubError? error = null;
        var modules = (await parts.Registry.FindModulesAsync(deviceId, cancellationToken).ConfigureAwait(false))
            .ToDictionary(module => module.Id.ModuleId!, module => module.ManagedBy, StringComparer.Ordinal);
        if (deployment is { HasBase: true })
        {
            error = await SetModulesAsync(deviceId, modules, deployment.Modules, cancellationToken).ConfigureAwait(false);
        }

        foreach (var module in modules.Keys)
        {
            error = await ReconcileTwinAsync(new IdentityId(deviceId, module), deployment, set, cancellationToken).ConfigureAwait(false) ?? error;
        }

        return error;
    }

    /// <summary>Makes and removes the modules of an edge device, so that those that the edge manages are the wanted ones.</summary>
    /// <param name="deviceId">The device.</param>
    /// <param name="modules">The modules that it has, with who manages each; changed to those that it has afterwards.</param>
    /// <param name="wanted">The modules that it is to have beside those of the runtime.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async ValueTask<HubError?> SetModulesAsync(
        string deviceId, Dictionary<string, string?> modules, IReadOnlySet<string> wanted, CancellationToken cancellationToken)
    {
        HubError? error = null;
        foreach (var (module, manager) in modules.ToArray())
        {
            if (manager == IdentityBuilder.EdgeManager && !module.StartsWith('$') && !wanted.Contains(module))
            {
                var removed = await parts.Registry.RemoveEdgeModuleAsync(new IdentityId(deviceId, module), cancellationToken).ConfigureAwait(false);
                error = removed.Error ?? error;
                modules.Remove(module);
            }
        }

        foreach (var module in wanted.Where(module => !modules.ContainsKey(module)))
        {
            var made = await parts.Registry.EnsureEdgeModuleAsync(new IdentityId(deviceId, module), cancellationToken).ConfigureAwait(false);
            error = made.Error ?? error;
            if (made.IsSuccess)
            {
                modules.Add(module, IdentityBuilder.EdgeManager);
            }
        }

        return error;
    }

    private async ValueTask<HubError?> ReconcileTwinAsync(
        IdentityId id, DeploymentPlan? deployment, ConfigurationSet set, CancellationToken cancellationToken)
    {
        var changed = await parts.Twins.ChangeAsync(
            id, twin => TwinPlan.Make(Match(twin, set), deployment, id).ToEdit(twin, parts.Twins.Now), cancellationToken).ConfigureAwait(false);
        return changed.Error is { Code: not (HubErrorCode.DeviceNotFound or HubErrorCode.ModuleNotFound) } error ? error : null;
    }
}
