using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Runs;
using Nave.Fleet.Sync.State;

namespace Nave.Fleet.Tests.Sync.Support;

/// <summary>A hub, a registry and a store of one test, and what is done with them.</summary>
internal sealed class SyncBench : IAsyncDisposable
{
    private SyncStore? _store;

    public SyncBench(HubSettings hub, string storeFolder, string exportFolder)
    {
        Service = hub.CreateService(TimeProvider.System);
        ExportFolder = exportFolder;
        Configuration = new SyncConfiguration
        {
            Name = "bench", Hub = hub, ProviderName = "memory", CreateProvider = _ => Registry, StoreFolder = storeFolder, BaseFolder = storeFolder,
        };
    }

    public MemoryRegistry Registry { get; set; } = new();

    public ServiceClient Service { get; }

    public SyncConfiguration Configuration { get; set; }

    public string ExportFolder { get; }

    public ILoggerFactory Loggers { get; set; } = NullLoggerFactory.Instance;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async Task<SyncStore> StoreAsync() => _store ??= await SyncStore.OpenAsync(Configuration, TimeProvider.System, NullLogger.Instance, Cancelled);

    public async Task<SyncRunner> RunnerAsync() => new(Configuration, Service, Registry, await StoreAsync(), TimeProvider.System, Loggers);

    /// <summary>Makes a plan and reads it to its end.</summary>
    public async Task<(PlanCounts Counts, IReadOnlyList<PlannedChange> Changes, string? Guard)> PlanAsync(bool adopt = false)
    {
        using var plan = await (await RunnerAsync()).PlanAsync(adopt, null, Cancelled);
        return (plan.Counts, [.. plan.Changes()], plan.Guard);
    }

    public async Task<SyncRun> ApplyAsync(bool adopt = false, bool allowDeletes = false) =>
        await (await RunnerAsync()).ApplyAsync(new SyncApplyOptions { Adopt = adopt, AllowDeletes = allowDeletes }, null, Cancelled);

    /// <summary>Applies, and asserts that everything went well and that nothing is left to do.</summary>
    public async Task<SyncRun> ApplyToEndAsync(bool adopt = false, bool allowDeletes = true)
    {
        var run = await ApplyAsync(adopt, allowDeletes);
        Assert.True(run.Outcome == SyncRunOutcome.Succeeded, $"{run.Outcome} {run.Error} {string.Join(' ', run.Failures)}");
        var (counts, changes, _) = await PlanAsync();
        Assert.True(counts.IsEmpty, string.Join('\n', changes.Select(change => $"{change.DeviceId} {change.Action} {string.Join(' ', change.Reasons)}")));
        return run;
    }

    public async Task<JsonElement?> TagsAsync(string deviceId)
    {
        try
        {
            var twin = await Service.GetTwinAsync(new IdentityId(deviceId), Cancelled);
            using var document = twin.ToDocument();
            return document.RootElement.TryGetProperty("tags", out var tags) ? tags.Clone() : JsonDocument.Parse("{}").RootElement;
        }
        catch (HubException e) when (e.HttpStatus == 404)
        {
            return null;
        }
    }

    /// <summary>Gets the tags without the mark, as JSON; <see langword="null"/> if there is no device.</summary>
    public async Task<string?> OwnTagsAsync(string deviceId) => await TagsAsync(deviceId) is { } tags
        ? JsonSerializer.Serialize(tags.EnumerateObject().Where(tag => tag.Name != "nave").OrderBy(tag => tag.Name, StringComparer.Ordinal).ToDictionary(tag => tag.Name, tag => tag.Value))
        : null;

    public async Task CreateOnHubAsync(string deviceId, string? tags = null)
    {
        await Service.CreateDeviceAsync(new DeviceIdentity { DeviceId = deviceId }, Cancelled);
        if (tags is not null)
        {
            await TagAsync(deviceId, tags);
        }
    }

    public Task TagAsync(string deviceId, string tags) => Service.PatchTwinAsync(new IdentityId(deviceId), RawJson.Parse($$"""{"tags":{{tags}}}"""), cancellationToken: Cancelled);

    public Task DeleteOnHubAsync(string deviceId) => Service.DeleteDeviceAsync(new IdentityId(deviceId), cancellationToken: Cancelled);

    public async ValueTask DisposeAsync()
    {
        Service.Dispose();
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
    }
}
