using Nave.Api;
using Nave.Hub.Limits;
using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <content>Content for one device, once.</content>
public sealed partial class ConfigurationService
{
    private const string EdgeAgent = "$edgeAgent";

    /// <summary>
    /// Applies content to one device, once. Of an edge device, modules are made and removed so that those that the edge manages are the
    /// ones that the content names; a twin's desired properties are replaced where the content sets all of them.
    /// </summary>
    /// <param name="deviceId">The device.</param>
    /// <param name="content">deviceContent for any device, modulesContent for an edge device.</param>
    /// <param name="cancellationToken">Ends the call between two twins.</param>
    /// <returns>True; or 404001, 400402, 413003, 429001, 403010.</returns>
    public async ValueTask<HubResult<bool>> ApplyContentAsync(string deviceId, ConfigurationContent content, CancellationToken cancellationToken)
    {
        // 1. May it be, and what is it?
        var id = new IdentityId(deviceId);
        if ((_parts.Throttle.TryTake(ThrottledOperation.Configuration) ?? IdentityRules.Check(id)) is { } refused)
        {
            return refused;
        }

        var device = await _parts.Twins.FindAsync(id, cancellationToken);
        if (device is null)
        {
            return new HubError(HubErrorCode.DeviceNotFound, $"E_DEVICE_NOT_FOUND_IN_REGISTRY, deviceId: {deviceId}");
        }

        if (Read(content, device, out var settings, out var modules) is { } wrong)
        {
            return wrong;
        }

        // 2. The modules, then their twins.
        if (modules.Count > 0)
        {
            var existing = (await _parts.Registry.FindModulesAsync(deviceId, cancellationToken)).ToDictionary(module => module.Id.ModuleId!, module => module.ManagedBy, StringComparer.Ordinal);
            var agent = modules.GetValueOrDefault(EdgeAgent) ?? [];
            var named = DeploymentPlan.NamesOf([modules], [(agent, null)]);

            // Only who says all that the agent is to do says what it is no longer to do.
            var isWhole = agent.Any(setting => setting.Path.Count == 0);
            var wanted = isWhole ? named : named.Union(existing.Keys.Where(name => !name.StartsWith('$'))).ToHashSet(StringComparer.Ordinal);
            if (await _reconciler.SetModulesAsync(deviceId, existing, wanted, cancellationToken) is { } failed)
            {
                return failed;
            }

            foreach (var (module, moduleSettings) in modules)
            {
                if (await WriteAsync(new IdentityId(deviceId, module), moduleSettings, ownsRoot: true, cancellationToken) is { } error)
                {
                    return error;
                }
            }
        }

        // 3. The device's own.
        return settings.Count > 0 && await WriteAsync(id, settings, ownsRoot: false, cancellationToken) is { } last ? last : true;
    }

    private static HubError? Read(
        ConfigurationContent content,
        TwinDocument device,
        out IReadOnlyList<ConfigurationSetting> settings,
        out IReadOnlyDictionary<string, IReadOnlyList<ConfigurationSetting>> modules)
    {
        settings = [];
        modules = new Dictionary<string, IReadOnlyList<ConfigurationSetting>>();
        if (content.ModuleContent is { Count: > 0 } || content is { DeviceContent: not { Count: > 0 }, ModulesContent: not { Count: > 0 } })
        {
            return ContentReader.Wrong("deviceContent or modulesContent is needed; moduleContent is for configurations of many modules.");
        }

        if (content.ModulesContent is { Count: > 0 } given)
        {
            if (!device.Identity.IsEdge)
            {
                return ContentReader.Wrong($"'{device.Identity.Id}' is no edge device: it has no modulesContent.");
            }

            if (CompiledConfiguration.ReadModules(given, out modules) is { } wrong)
            {
                return wrong;
            }
        }

        if (content.DeviceContent is { Count: > 0 } own)
        {
            if (!ContentReader.TryRead("deviceContent", own, out var read, out var error))
            {
                return error;
            }

            settings = read;
        }

        return null;
    }

    private async ValueTask<HubError?> WriteAsync(
        IdentityId id, IReadOnlyList<ConfigurationSetting> settings, bool ownsRoot, CancellationToken cancellationToken)
    {
        var changed = await _parts.Twins.ChangeAsync(id, twin =>
        {
            var wanted = new WantedProperties();
            wanted.Add(settings, writer: null, ownsRoot);
            var desired = twin.Desired.ToTree();
            return TwinEdit.MakeConfigured(twin, desired, wanted.MakePatch(desired, static _ => true), twin.Configurations, isByConfiguration: false, _parts.Twins.Now);
        }, cancellationToken);
        return changed.Error;
    }
}
