using System.Security.Cryptography;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Queries;
using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <summary>A configuration ready to be applied: condition and content checked and taken apart. Immutable.</summary>
internal sealed class CompiledConfiguration
{
    private const string EdgeAgent = "$edgeAgent";

    private CompiledConfiguration(Configuration stored, QueryCondition? target, ConfigurationKind kind)
    {
        Stored = stored;
        Target = target;
        Kind = kind;
        Where = new CompiledCondition(target?.Where);
        var digest = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(stored.Content, ApiJson.Wire.ConfigurationContent!));
        Writer = new TwinWriter(
            Id, BinaryPrimitives.ReadUInt64BigEndian(digest).ToString(CultureInfo.InvariantCulture), kind == ConfigurationKind.Deployment);
    }

    /// <summary>Gets the configuration as it is stored, without metrics' results.</summary>
    public Configuration Stored { get; }

    /// <summary>Gets its id.</summary>
    public string Id => Stored.Id!; // What is stored has one.

    /// <summary>Gets what it is aimed at; <see langword="null"/> = nothing.</summary>
    public QueryCondition? Target { get; }

    /// <summary>Gets the condition to test.</summary>
    public CompiledCondition Where { get; }

    /// <summary>Gets what kind it is.</summary>
    public ConfigurationKind Kind { get; }

    /// <summary>Gets who twins say has written what it sets.</summary>
    public TwinWriter Writer { get; }

    /// <summary>Gets what it sets in each twin; of a deployment, nothing.</summary>
    public IReadOnlyList<ConfigurationSetting> Settings { get; private init; } = [];

    /// <summary>Gets what a deployment sets, by module.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ConfigurationSetting>> Modules { get; private init; } =
        new Dictionary<string, IReadOnlyList<ConfigurationSetting>>();

    /// <summary>Gets a value indicating whether a deployment only adds to another: it does not set all of what the edge agent is to do.</summary>
    public bool IsLayer => Kind == ConfigurationKind.Deployment
        && !(Modules.TryGetValue(EdgeAgent, out var agent) && agent.Any(setting => setting.Path.Count == 0));

    /// <summary>Compiles a configuration.</summary>
    /// <returns>It; or 400401 (the condition), 400402 (the content).</returns>
    public static HubResult<CompiledConfiguration> Compile(Configuration configuration)
    {
        // 1. The content says what it is.
        var content = configuration.Content ?? new ConfigurationContent();
        var kinds = (content.DeviceContent is { Count: > 0 } ? 1 : 0) + (content.ModuleContent is { Count: > 0 } ? 1 : 0) + (content.ModulesContent is { Count: > 0 } ? 1 : 0);
        if (kinds != 1)
        {
            return ContentReader.Wrong($"The content has {kinds} of deviceContent, moduleContent and modulesContent; exactly one must have settings.");
        }

        var kind = content.DeviceContent is { Count: > 0 } ? ConfigurationKind.Device
            : content.ModuleContent is { Count: > 0 } ? ConfigurationKind.Module : ConfigurationKind.Deployment;

        // 2. Whom it is aimed at.
        if (!TargetReader.TryRead(configuration.TargetCondition, kind, out var target, out var error))
        {
            return error;
        }

        // 3. What it sets.
        if (kind == ConfigurationKind.Deployment)
        {
            return ReadModules(content.ModulesContent!, out var modules) is { } wrong
                ? wrong
                : new CompiledConfiguration(configuration, target, kind) { Modules = modules };
        }

        return ContentReader.TryRead(
            kind == ConfigurationKind.Device ? "deviceContent" : "moduleContent", content.DeviceContent is { Count: > 0 } device ? device : content.ModuleContent!, out var settings, out error)
            ? new CompiledConfiguration(configuration, target, kind) { Settings = settings }
            : error;
    }

    /// <summary>Reads what a deployment sets.</summary>
    /// <returns>400402, or <see langword="null"/>.</returns>
    public static HubError? ReadModules(
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, RawJson>> content,
        out IReadOnlyDictionary<string, IReadOnlyList<ConfigurationSetting>> modules)
    {
        var read = new Dictionary<string, IReadOnlyList<ConfigurationSetting>>(StringComparer.Ordinal);
        modules = read;
        foreach (var (module, settings) in content)
        {
            if (!IdentityRules.IsValidId(module) || settings is null)
            {
                return ContentReader.Wrong($"modulesContent has the key '{(module.Length <= 100 ? module : module[..100] + "…")}'; a module id with an object is needed.");
            }

            if (!ContentReader.TryRead($"modulesContent, '{module}'", settings, out var parsed, out var error))
            {
                return error;
            }

            read.Add(module, parsed);
        }

        return null;
    }
}
