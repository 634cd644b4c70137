using System.Collections.Concurrent;
using System.Diagnostics;
using Nave.Api;
using Nave.Hub.Queries;
using Nave.Hub.Twins;
using Nave.Storage;

namespace Nave.Hub.Configurations;

/// <summary>
/// Counts what configurations have reached. The hub's own counts come from the index, always fresh; queries that read twins are run when
/// somebody asks and the last result is old, one configuration at a time.
/// </summary>
internal sealed class ConfigurationMetricsReader(ConfigurationParts parts) : IDisposable
{
    /// <summary>How old results of queries may be when all configurations are asked for.</summary>
    public static readonly TimeSpan AllMaxAge = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Reading> _readings = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _reading = new(1, 1);

    /// <summary>Adds metrics and their results.</summary>
    public async ValueTask<Configuration> AddAsync(CompiledConfiguration configuration, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        var reading = await ReadAsync(configuration, maxAge, cancellationToken).ConfigureAwait(false);
        return configuration.Stored with
        {
            SystemMetrics = new ConfigurationMetrics { Results = await CountReachedAsync(configuration, reading.System, cancellationToken).ConfigureAwait(false), Queries = SystemQueries(configuration) },
            Metrics = new ConfigurationMetrics
            {
                Results = reading.Custom,
                Queries = configuration.Stored.Metrics?.Queries ?? new Dictionary<string, string>(),
            },
        };
    }

    /// <summary>Forgets the results of a configuration that is gone.</summary>
    public void Forget(string id) => _readings.TryRemove(id, out _);

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();

    private static Dictionary<string, string> SystemQueries(CompiledConfiguration configuration)
    {
        var status = $"configurations.[[{configuration.Id}]].status = 'Applied'";
        var target = configuration.Target;
        var isModules = configuration.Kind == ConfigurationKind.Module;
        var source = isModules ? "select deviceId, moduleId from devices.modules" : "select deviceId from devices";
        var condition = target is null ? "false" : target.Where is null ? null : QueryPrinter.Print(target.Where);
        if (configuration.Kind != ConfigurationKind.Deployment)
        {
            return new()
            {
                ["targetedCount"] = condition is null ? source : $"{source} where {condition}",
                ["appliedCount"] = condition is null ? $"{source} where {status}" : $"{source} where ({condition}) and {status}",
            };
        }

        const string Edge = "capabilities.iotEdge = true";
        var agent = $"select deviceId from devices.modules where moduleId = '$edgeAgent' and {status}";
        return new()
        {
            ["targetedCount"] = condition is null ? $"{source} where {Edge}" : $"{source} where {Edge} and ({condition})",
            ["appliedCount"] = agent,
            ["reportedSuccessfulCount"] = $"{agent} and properties.desired.$version = properties.reported.lastDesiredVersion and properties.reported.lastDesiredStatus.code = 200",
            ["reportedFailedCount"] = $"{agent} and properties.desired.$version = properties.reported.lastDesiredVersion and properties.reported.lastDesiredStatus.code != 200",
        };
    }

    private async ValueTask<Reading> ReadAsync(CompiledConfiguration configuration, TimeSpan maxAge, CancellationToken cancellationToken)
    {
        if (Find(configuration, maxAge) is { } known)
        {
            return known;
        }

        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Find(configuration, maxAge) is { } fresh)
            {
                return fresh;
            }

            var reading = new Reading(
                configuration,
                parts.Time.GetTimestamp(),
                await CountAllAsync(SystemQueries(configuration).Where(query => query.Key.StartsWith("reported", StringComparison.Ordinal)), cancellationToken).ConfigureAwait(false),
                await CountAllAsync(configuration.Stored.Metrics?.Queries ?? new Dictionary<string, string>(), cancellationToken).ConfigureAwait(false));
            _readings[configuration.Id] = reading;
            return reading;
        }
        finally
        {
            _reading.Release();
        }
    }

    private Reading? Find(CompiledConfiguration configuration, TimeSpan maxAge) =>
        _readings.TryGetValue(configuration.Id, out var reading) && reading.Of == configuration && parts.Time.GetElapsedTime(reading.Timestamp) < maxAge ? reading : null;

    private async ValueTask<Dictionary<string, long>> CountReachedAsync(
        CompiledConfiguration configuration, Dictionary<string, long> others, CancellationToken cancellationToken)
    {
        var collection = configuration.Kind == ConfigurationKind.Module ? TwinCollections.Modules : TwinCollections.Devices;
        var applied = TwinIndex.OfConfiguration(configuration.Id, ConfigurationStatus.Applied);
        var targeted = TwinIndex.OfConfiguration(configuration.Id, ConfigurationStatus.Targeted);
        var results = new Dictionary<string, long>
        {
            ["targetedCount"] = await parts.Store.CountAsync(new StateScan(collection) { AnyOf = [applied, targeted] }, cancellationToken).ConfigureAwait(false),
            ["appliedCount"] = await parts.Store.CountAsync(new StateScan(collection) { AnyOf = [applied] }, cancellationToken).ConfigureAwait(false),
        };
        foreach (var (name, count) in others)
        {
            results.Add(name, count);
        }

        return results;
    }

    private async ValueTask<Dictionary<string, long>> CountAllAsync(IEnumerable<KeyValuePair<string, string>> queries, CancellationToken cancellationToken)
    {
        var results = new Dictionary<string, long>();
        foreach (var (name, text) in queries)
        {
            results.Add(name, await CountAsync(text, cancellationToken).ConfigureAwait(false));
        }

        return results;
    }

    private ValueTask<long> CountAsync(string text, CancellationToken cancellationToken)
    {
        var wrong = ConfigurationRules.CheckMetric(text, out var query);
        Debug.Assert(wrong is null, "Queries were checked before they were stored.");
        return query is null ? ValueTask.FromResult(0L) : parts.Queries.CountRowsAsync(query, cancellationToken);
    }

    private sealed record Reading(CompiledConfiguration Of, long Timestamp, Dictionary<string, long> System, Dictionary<string, long> Custom);
}
