using System.Collections.Concurrent;
using Nave.Hub.Queries;

namespace Nave.Hub.Configurations;

/// <summary>All configurations of a hub. An immutable snapshot, swapped whole.</summary>
internal sealed class ConfigurationSet
{
    private const int MaxIdleMatchers = 32;

    private readonly ConcurrentBag<ConfigurationMatcher> _idle = [];

    public ConfigurationSet(IEnumerable<CompiledConfiguration> all)
    {
        // From the weakest to the strongest: of equal priority, the one that was made later is stronger.
        Ordered = [.. all.OrderBy(one => one.Stored.Priority).ThenBy(one => one.Stored.CreatedTimeUtc).ThenBy(one => one.Id, StringComparer.Ordinal)];
        ById = Ordered.ToDictionary(one => one.Id, StringComparer.Ordinal);
        HasDeployments = Ordered.Any(one => one.Kind == ConfigurationKind.Deployment);
        DevicesReadReported = Reads(QuerySource.Devices);
        ModulesReadReported = Reads(QuerySource.Modules);
    }

    /// <summary>Gets the configurations, the weakest first.</summary>
    public IReadOnlyList<CompiledConfiguration> Ordered { get; }

    /// <summary>Gets them by id.</summary>
    public IReadOnlyDictionary<string, CompiledConfiguration> ById { get; }

    /// <summary>Gets a value indicating whether any is a deployment.</summary>
    public bool HasDeployments { get; }

    /// <summary>Gets a value indicating whether a condition on devices names reported properties.</summary>
    public bool DevicesReadReported { get; }

    /// <summary>Gets a value indicating whether a condition on modules names reported properties.</summary>
    public bool ModulesReadReported { get; }

    /// <summary>Takes what tests twins; for one thread at a time.</summary>
    public ConfigurationMatcher RentMatcher() => _idle.TryTake(out var matcher) ? matcher : new ConfigurationMatcher(this);

    /// <summary>Gives it back.</summary>
    public void Return(ConfigurationMatcher matcher)
    {
        if (_idle.Count < MaxIdleMatchers)
        {
            _idle.Add(matcher);
        }
    }

    private bool Reads(QuerySource source) => Ordered.Any(one =>
        one.Target?.Source == source && one.Where.Paths.Any(path => path.Root == "properties"));
}
