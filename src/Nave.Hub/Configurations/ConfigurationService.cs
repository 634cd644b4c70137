using System.Text.Json;
using Nave.Api;
using Nave.Hub.Jobs;
using Nave.Hub.Limits;
using Nave.Storage;

namespace Nave.Hub.Configurations;

/// <summary>
/// The configurations of one hub: automatic device management and IoT Edge deployments. A change is durable before the call returns; twins
/// follow in the background.
/// </summary>
public sealed partial class ConfigurationService : IAsyncDisposable
{
    private readonly ConfigurationParts _parts;
    private readonly ConfigurationEngine _engine;
    private readonly ConfigurationMetricsReader _metrics;
    private readonly TwinReconciler _reconciler;
    private readonly SemaphoreSlim _changing = new(1, 1);

    private ConfigurationService(ConfigurationParts parts, ConfigurationSet set, IEnumerable<string> removed)
    {
        _parts = parts;
        _engine = new ConfigurationEngine(parts, set, removed);
        _metrics = new ConfigurationMetricsReader(parts);
        _reconciler = new TwinReconciler(parts);
        parts.Twins.Observer = _engine;
    }

    /// <summary>Reads the configurations and begins to apply them.</summary>
    /// <exception cref="InvalidDataException">One is damaged, or a newer program wrote it.</exception>
    internal static async Task<ConfigurationService> OpenAsync(ConfigurationParts parts, CancellationToken cancellationToken)
    {
        var all = new List<CompiledConfiguration>();
        await foreach (var document in parts.Store.ScanAsync(new StateScan(ConfigurationStore.Collection), cancellationToken))
        {
            all.Add(ConfigurationStore.Decode(document));
        }

        var removed = new List<string>();
        await foreach (var document in parts.Store.ScanAsync(new StateScan(ConfigurationStore.RemovedCollection), cancellationToken))
        {
            removed.Add(document.Key);
        }

        return new ConfigurationService(parts, new ConfigurationSet(all), removed);
    }

    /// <summary>Gets a configuration with its metrics.</summary>
    /// <returns>It; or 404301, 429001, 403010.</returns>
    public async ValueTask<HubResult<Configuration>> GetAsync(string id, CancellationToken cancellationToken)
    {
        if (_parts.Throttle.TryTake(ThrottledOperation.Configuration) is { } throttled)
        {
            return throttled;
        }

        return _engine.Set.ById.TryGetValue(id, out var found)
            ? await _metrics.AddAsync(found, TimeSpan.Zero, cancellationToken)
            : NotFound(id);
    }

    /// <summary>Lists configurations in the order of their ids, with their metrics.</summary>
    /// <param name="top">At most so many.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>They; or 429001, 403010.</returns>
    public async ValueTask<HubResult<IReadOnlyList<Configuration>>> ListAsync(int top, CancellationToken cancellationToken)
    {
        if (_parts.Throttle.TryTake(ThrottledOperation.Configuration) is { } throttled)
        {
            return throttled;
        }

        var listed = new List<Configuration>();
        foreach (var one in _engine.Set.Ordered.OrderBy(one => one.Id, StringComparer.Ordinal).Take(top))
        {
            listed.Add(await _metrics.AddAsync(one, ConfigurationMetricsReader.AllMaxAge, cancellationToken));
        }

        return listed;
    }

    /// <summary>Creates a configuration, or changes one: labels, condition, priority and metrics. Its content cannot be changed.</summary>
    /// <param name="configuration">The configuration, with its id.</param>
    /// <param name="ifMatch">Nothing = create; else change one that has this etag, or any for <c>*</c>.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>It as stored; or 400004, 400401 (condition), 400402 (content), 400403 (content of one that is there), 400404 (metrics), 404301, 409401, 412001, 413101, 429001, 403010.</returns>
    public async ValueTask<HubResult<Configuration>> PutAsync(Configuration configuration, string? ifMatch, CancellationToken cancellationToken)
    {
        if (_parts.Throttle.TryTake(ThrottledOperation.Configuration) is { } throttled)
        {
            return throttled;
        }

        var condition = IfMatch.Parse(ifMatch);
        var written = await WriteAsync(configuration, replacesContent: false, current =>
            condition.IsAbsent ? current is null ? null : AlreadyExists(configuration.Id!)
            : current is null ? NotFound(configuration.Id!)
            : condition.Matches(current.ETag) ? null : Mismatch(current), static _ => { }, cancellationToken);
        return written.IsSuccess ? await _metrics.AddAsync(written.Value, TimeSpan.Zero, cancellationToken) : written.Error;
    }

    /// <summary>Deletes a configuration; what it set is taken out of twins.</summary>
    /// <param name="id">Which.</param>
    /// <param name="ifMatch">The etag that it must have; nothing or <c>*</c> = any.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns>True; or 404301, 412001, 429001, 403010.</returns>
    public async ValueTask<HubResult<bool>> DeleteAsync(string id, string? ifMatch, CancellationToken cancellationToken) =>
        _parts.Throttle.TryTake(ThrottledOperation.Configuration) is { } throttled
            ? throttled
            : await DeleteCoreAsync(id, IfMatch.Parse(ifMatch), static _ => { }, cancellationToken);

    /// <summary>Tries a target condition and metric queries, without an effect.</summary>
    /// <returns>What is wrong with each; or 429001, 403010.</returns>
    public HubResult<ConfigurationQueriesTestResponse> TestQueries(ConfigurationQueriesTestInput input)
    {
        if (_parts.Throttle.TryTake(ThrottledOperation.Configuration) is { } throttled)
        {
            return throttled;
        }

        var errors = new Dictionary<string, string>();
        foreach (var (name, query) in input.CustomMetricQueries ?? new Dictionary<string, string>())
        {
            if (ConfigurationRules.CheckMetric(query, out _) is { } wrong)
            {
                errors.Add(name, wrong);
            }
        }

        TargetReader.TryRead(input.TargetCondition, kind: null, out _, out var error);
        return new ConfigurationQueriesTestResponse { TargetConditionError = error?.Message ?? "", CustomMetricQueryErrors = errors };
    }

    /// <summary>Gets the configurations as import and export jobs see them.</summary>
    internal IConfigurationLines Lines => new ConfigurationLines(this);

    /// <summary>Gives each configuration as a line of an export, in the order of their ids.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Export() => _engine.Set.Ordered
        .OrderBy(one => one.Id, StringComparer.Ordinal)
        .Select(one => (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(
            ExportImportConfiguration.From(one.Stored, ImportMode.CreateOrUpdate), ApiJson.Wire.ExportImportConfiguration));

    /// <summary>Applies a line of an import. Unlike a change, it may replace the content of a configuration that is there.</summary>
    /// <param name="line">The line.</param>
    /// <param name="mark">Adds to the transaction that applies it.</param>
    /// <param name="cancellationToken">Ends the call before it takes effect.</param>
    /// <returns><see langword="null"/>, or what <see cref="PutAsync"/> and <see cref="DeleteAsync"/> refuse with; no tier counts it.</returns>
    internal async ValueTask<HubError?> ImportAsync(ExportImportConfiguration line, Action<StateTransaction> mark, CancellationToken cancellationToken)
    {
        var id = line.Id ?? "";
        var etag = IfMatch.Parse(line.ETag);
        var mode = line.ImportMode ?? ImportMode.CreateOrUpdateIfMatchETag;
        if (mode is ImportMode.UpdateTwin or ImportMode.UpdateTwinIfMatchETag)
        {
            return new HubError(HubErrorCode.ArgumentInvalid, $"The importMode of the configuration '{id}' is for twins; create, update, createOrUpdate and delete, with or without IfMatchETag, are permitted.");
        }

        if (mode is ImportMode.Delete or ImportMode.DeleteIfMatchETag)
        {
            return (await DeleteCoreAsync(id, mode == ImportMode.Delete ? new IfMatch("*") : etag, mark, cancellationToken)).Error;
        }

        return (await WriteAsync(line.ToConfiguration(), replacesContent: true, current => (mode, current) switch
        {
            (ImportMode.Create, not null) => AlreadyExists(id),
            (ImportMode.Update or ImportMode.UpdateIfMatchETag, null) => NotFound(id),
            (ImportMode.CreateOrUpdateIfMatchETag or ImportMode.UpdateIfMatchETag, not null) when !etag.Matches(current.ETag) => Mismatch(current),
            _ => null,
        }, mark, cancellationToken)).Error;
    }

    /// <summary>Waits until twins are as configurations want them.</summary>
    internal Task SettledAsync(CancellationToken cancellationToken) => _engine.SettledAsync(cancellationToken);

    /// <summary>Stops applying configurations; the store stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        _parts.Twins.Observer = null;
        await _engine.DisposeAsync();
        _metrics.Dispose();
        _changing.Dispose();
    }

    private static HubError NotFound(string id) => new(HubErrorCode.ConfigurationNotFound, $"There is no configuration '{id}'.");

    private static HubError AlreadyExists(string id) => new(HubErrorCode.ConfigurationAlreadyExists, $"The configuration '{id}' exists already.");

    // Only what a caller adds to a transaction can fail: nobody else writes configurations.
    private static HubError Overtaken(string id) =>
        new(HubErrorCode.PreconditionFailed, $"The change of the configuration '{id}' was refused with what was to be written with it.");

    private static HubError Mismatch(Configuration current) => new(
        HubErrorCode.PreconditionFailed, $"Precondition failed: the configuration '{current.Id}' has the etag {current.ETag}, not the one in If-Match.");

    private async ValueTask<HubResult<CompiledConfiguration>> WriteAsync(
        Configuration wanted, bool replacesContent, Func<Configuration?, HubError?> check, Action<StateTransaction> mark, CancellationToken cancellationToken)
    {
        // 1. What needs no look at the others.
        if (ConfigurationRules.Check(wanted) is { } invalid)
        {
            return invalid;
        }

        await _changing.WaitAsync(cancellationToken);
        try
        {
            var set = _engine.Set;
            var current = set.ById.GetValueOrDefault(wanted.Id!)?.Stored; // Checked above.
            if (check(current) is { } refused)
            {
                return refused;
            }

            if (current is null && set.Ordered.Count >= _parts.MaxConfigurations)
            {
                return new HubError(HubErrorCode.ConfigurationCountLimitExceeded, $"The hub has {set.Ordered.Count} configurations; {_parts.MaxConfigurations} are permitted.");
            }

            // 2. The configuration as it will be. One whose content is replaced is another, made now.
            var isSame = current is not null && (wanted.Content is null || SameContent(wanted.Content, current.Content));
            if (current is not null && !isSame && !replacesContent)
            {
                return new HubError(HubErrorCode.CannotModifyImmutableConfigurationContent, $"The content of '{wanted.Id}' cannot be changed; labels, targetCondition, priority and metrics can. Make another configuration.");
            }

            var now = _parts.Time.GetUtcNow();
            var compiled = CompiledConfiguration.Compile(wanted with
            {
                Content = isSame ? current!.Content : wanted.Content,
                CreatedTimeUtc = isSame ? current!.CreatedTimeUtc : now,
                LastUpdatedTimeUtc = now,
                SchemaVersion = string.IsNullOrEmpty(wanted.SchemaVersion) ? "1.0" : wanted.SchemaVersion,
                SystemMetrics = null,
                Metrics = wanted.Metrics is { Queries: { } queries } ? new ConfigurationMetrics { Queries = queries } : null,
                ETag = current is null ? ConfigurationStore.EtagOf(1) : ConfigurationStore.NextEtag(current.ETag),
            });
            if (!compiled.IsSuccess)
            {
                return compiled.Error;
            }

            // 3. Durable, then in force.
            var transaction = new StateTransaction()
                .Put(ConfigurationStore.Collection, compiled.Value.Id, ConfigurationStore.Encode(compiled.Value.Stored))
                .Delete(ConfigurationStore.RemovedCollection, compiled.Value.Id);
            mark(transaction);
            if (!(await _parts.Store.CommitAsync(transaction, cancellationToken)).Applied)
            {
                return Overtaken(compiled.Value.Id);
            }

            _engine.Replace(new ConfigurationSet([.. set.Ordered.Where(one => one.Id != compiled.Value.Id), compiled.Value]), compiled.Value.Id);
            return compiled;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async ValueTask<HubResult<bool>> DeleteCoreAsync(string id, IfMatch ifMatch, Action<StateTransaction> mark, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var set = _engine.Set;
            if (!set.ById.TryGetValue(id, out var current))
            {
                return NotFound(id);
            }

            if (!ifMatch.Matches(current.Stored.ETag))
            {
                return Mismatch(current.Stored);
            }

            // Remembered until the twins are clean again: a kill in between must not leave its settings there for ever.
            var transaction = new StateTransaction()
                .Delete(ConfigurationStore.Collection, id)
                .Put(ConfigurationStore.RemovedCollection, id, default);
            mark(transaction);
            if (!(await _parts.Store.CommitAsync(transaction, cancellationToken)).Applied)
            {
                return Overtaken(id);
            }

            _engine.Replace(new ConfigurationSet(set.Ordered.Where(one => one.Id != id)), id);
            _metrics.Forget(id);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    private static bool SameContent(ConfigurationContent left, ConfigurationContent? right)
    {
        using var first = JsonSerializer.SerializeToDocument(left, ApiJson.Wire.ConfigurationContent);
        using var second = JsonSerializer.SerializeToDocument(right ?? new(), ApiJson.Wire.ConfigurationContent);
        return JsonElement.DeepEquals(first.RootElement, second.RootElement);
    }
}
