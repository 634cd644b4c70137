using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Limits;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Hub.Twins;
using Nave.Storage;
using Nave.Storage.Files;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Hub.Tests;

/// <summary>The services of a hub over a real log and a real store, under a clock that the test moves.</summary>
internal sealed class ServicesFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HubEventSources _sources;
    private readonly long _cacheBytes;
    private SegmentLog? _log;
    private SqliteStateStore? _store;
    private SessionClock? _sessionClock;
    private ConnectionTracker? _tracker;
    private DeviceConnections? _connections;
    private HubServices? _services;

    private ServicesFixture(HubEventSources sources, long cacheBytes)
    {
        _sources = sources;
        _cacheBytes = cacheBytes;
    }

    public ManualClock Clock { get; } = new();

    public SegmentLog Log => _log!;

    public SqliteStateStore Store => _store!;

    /// <summary>Gets what stands between the services and the store.</summary>
    public FaultyStore Faults { get; private set; } = null!; // Set before the fixture is handed out.

    public DeviceConnections Connections => _connections!;

    public HubServices Services => _services!;

    public TwinService Twins => Services.Twins;

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<ServicesFixture> OpenAsync(HubEventSources sources = HubEventSources.All, long cacheBytes = 1 << 20)
    {
        var fixture = new ServicesFixture(sources, cacheBytes);
        await fixture.StartAsync();
        return fixture;
    }

    public static ReadOnlyMemory<byte> Json(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    /// <summary>Closes everything and opens it again on the same files.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async Task CreateAsync(string deviceId, string? moduleId = null, string initial = "", string generation = "1", string status = "enabled")
    {
        var id = new IdentityId(deviceId, moduleId);
        var transaction = new StateTransaction();
        Assert.Null(Twins.AddCreate(transaction, new TwinIdentity { Id = id, GenerationId = generation, Etag = "NTY1", Status = status }, Json(initial)));
        Assert.True((await Store.CommitAsync(transaction, Cancellation)).Applied);
    }

    public async Task DeleteAsync(string deviceId)
    {
        var outcome = await Twins.CommitDeleteAsync(new StateTransaction(), [new IdentityId(deviceId)], Cancellation);
        Assert.True(outcome.Applied);
    }

    public DeviceSession Connect(string deviceId, FakeLink link, DeviceFeatures features = DeviceFeatures.None, string? moduleId = null, string generation = "1")
    {
        var opened = Connections.Open(new DevicePrincipal(new IdentityId(deviceId, moduleId), generation, string.Empty, null), link);
        Assert.True(opened.IsSuccess);
        opened.Value.Enable(features);
        return opened.Value;
    }

    /// <summary>Reads all events of the stream, waiting until there are as many as expected.</summary>
    public async Task<List<StoredEvent>> ReadEventsAsync(int count)
    {
        var events = new List<StoredEvent>();
        await TestDeadline.UntilAsync(() => Enumerable.Range(0, Log.PartitionCount).Sum(p => Log.GetState(p).NextSequence) >= count, $"{count} events are stored");
        for (var partition = 0; partition < Log.PartitionCount; partition++)
        {
            events.AddRange(await Services.Events.ReadAsync(partition, 0, 1 << 20, Cancellation));
        }

        return events;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    private async Task StartAsync()
    {
        _log = await SegmentLog.OpenAsync(
            new SegmentLogOptions(_folder.File("log")) { SegmentBytes = 4 << 20, StagingBytes = 1 << 20 }, cancellationToken: Cancellation);
        _store = await SqliteStateStore.OpenAsync(new SqliteStateOptions { Path = _folder.File("state.db") }, NullLogger.Instance, Cancellation);
        Faults = new FaultyStore(_store);
        _sessionClock = new SessionClock(Clock);
        var events = new ConnectionEvents(new HubEvents("hub", _log.PartitionCount, _sources));
        _tracker = await ConnectionTracker.OpenAsync(_store, events.Encode, Clock, NullLogger<ConnectionTracker>.Instance, Cancellation);
        _connections = new DeviceConnections(_sessionClock, _tracker, HubThrottle.Unlimited, Clock);
        _services = await HubServices.OpenAsync(
            new HubServicesOptions
            {
                HubName = "hub",
                Created = Clock.GetUtcNow(),
                Log = _log,
                Store = Faults,
                Connections = _connections,
                Time = Clock,
                Loggers = NullLoggerFactory.Instance,
                EventSources = _sources,
                TwinCacheBytes = _cacheBytes,
            },
            Cancellation);
        foreach (var observer in _services.SessionObservers)
        {
            _connections.Observe(observer);
        }
    }

    private async Task StopAsync()
    {
        _connections!.CloseAll(CloseReason.ServerShutdown);
        await _services!.DisposeAsync();
        await _tracker!.DisposeAsync();
        _sessionClock!.Dispose();
        await _store!.DisposeAsync();
        await _log!.DisposeAsync();
    }
}
