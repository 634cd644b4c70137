using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Simulation.NetworkServers;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.Realtime;
using Nave.Fleet.Sync.State;
using Nave.Fleet.Sync.Telemetry;
using Nave.Fleet.Sync.Work;
using Nave.Fleet.Tests.NetworkServers;
using Nave.Fleet.Tests.Sync.Serving;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Realtime;

/// <summary>One attempt at a device, with a real hub and a network server that goes wrong.</summary>
public sealed class DeviceReconcilerTests(ServedHub hub) : IClassFixture<ServedHub>, IAsyncLifetime
{
    private static int s_last;
    private readonly TemporaryFolder _folder = new();
    private readonly ThingParkServer _thingPark = new();
    private readonly EventRecorder _told = new();
    private readonly string _eui = $"70B3D5499C{Interlocked.Increment(ref s_last):X6}";
    private SyncStore? _store;
    private IDeviceProvider? _provider;
    private DeviceReconciler? _reconciler;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _thingPark.StartAsync();
        var configuration = SyncConfigurationReader.Parse(
            $"name: rt\nmaster: hub\nhub:\n{hub.Section}provider:\n  name: actility\n  baseUri: {_thingPark.BaseUri}\n  clientId: {_thingPark.ClientId}\n  clientSecret: {_thingPark.ClientSecret}\n",
            "f",
            _folder.Path,
            SyncEnvironment.Of(new Dictionary<string, string>()),
            ProviderCatalog.Default);
        _store = await SyncStore.OpenAsync(configuration.StoreFolder, TimeProvider.System, NullLogger.Instance, Token);
        _provider = configuration.CreateProvider(new ProviderContext(TimeProvider.System, NullLoggerFactory.Instance) { SyncName = "rt" });
        _reconciler = new DeviceReconciler(configuration, hub.Service, _provider, _store, new SyncEvents(_told), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _provider!.DisposeAsync();
        await _store!.DisposeAsync();
        await _thingPark.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_creation_whose_answer_is_lost_makes_one_device_that_is_ours()
    {
        await hub.CreateAsync(_eui, ServedSync.Tags(_eui));
        _thingPark.Inject(new NetworkServerFault(NetworkServerFaultKind.CutAnswer) { When = request => request.Method == "POST" && request.Path.EndsWith("/devices", StringComparison.Ordinal) });
        Assert.Equal(WorkVerdict.Retry, (await RunAsync()).Verdict);
        Assert.Equal([_eui], _thingPark.DeviceEuis);
        Assert.Equal(WorkVerdict.Done, (await RunAsync()).Verdict);
        Assert.Equal([_eui], _thingPark.DeviceEuis);
        await hub.DeleteAsync(_eui);
        Assert.Equal(WorkVerdict.Done, (await RunAsync()).Verdict);
        Assert.Empty(_thingPark.DeviceEuis);
    }

    [Fact]
    public async Task A_process_that_died_right_before_or_right_after_the_creation_leaves_one_device()
    {
        await hub.CreateAsync(_eui, ServedSync.Tags(_eui));
        await _store!.PutDevicesAsync("rt", [new(_eui, new SyncedDevice { Key = _eui })], Token);
        Assert.Equal(WorkVerdict.Done, (await RunAsync()).Verdict);

        // After it: the device is there, and only the intention is written down.
        await _store.PutDevicesAsync("rt", [new(_eui, new SyncedDevice { Key = _eui })], Token);
        Assert.Equal(WorkVerdict.Done, (await RunAsync()).Verdict);
        Assert.Equal([_eui], _thingPark.DeviceEuis);
        Assert.NotNull((await _store.GetDeviceAsync("rt", _eui, Token))!.Fields);
    }

    [Fact]
    public async Task A_device_that_is_as_it_was_brought_costs_no_call()
    {
        await hub.CreateAsync(_eui, ServedSync.Tags(_eui));
        await RunAsync();
        _thingPark.ForgetRequests();
        Assert.Equal(WorkVerdict.Done, (await RunAsync()).Verdict);
        await hub.TagAsync(_eui, """{"site":"of no interest to the registry"}""");
        await RunAsync();
        Assert.Empty(_thingPark.Requests);
    }

    [Fact]
    public async Task Another_eui_is_another_device_over_there()
    {
        var other = $"70B3D5499D{Interlocked.Increment(ref s_last):X6}";
        await hub.CreateAsync(_eui, ServedSync.Tags(_eui));
        await RunAsync();
        await hub.TagAsync(_eui, ServedSync.Tags(other));
        Assert.Equal(WorkVerdict.Done, (await RunAsync()).Verdict);
        Assert.Equal([other], _thingPark.DeviceEuis);
        Assert.Equal(["ExternalDeviceCreated", "ExternalDeviceDeleted", "ExternalDeviceCreated"], _told.Names);
    }

    [Fact]
    public async Task An_incomplete_twin_names_all_that_is_missing_and_no_key()
    {
        await hub.CreateAsync(_eui, """{"applicationKey":"not hex but secret"}""");
        var result = await RunAsync();
        Assert.Equal((WorkVerdict.Retry, WorkPhase.TwinCheck), (result.Verdict, result.Phase));
        Assert.Contains("EUI", result.Reason, StringComparison.Ordinal);
        Assert.Contains("activationType", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("not hex but secret", result.Reason, StringComparison.Ordinal);
        Assert.Empty(_thingPark.Requests);
    }

    [Fact]
    public async Task What_fails_for_good_is_told_from_what_may_pass()
    {
        await hub.CreateAsync(_eui, ServedSync.Tags(_eui));
        foreach (var (status, expected) in s_statuses)
        {
            _thingPark.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = status, When = request => request.Method == "POST" && request.Path.EndsWith("/devices", StringComparison.Ordinal) });
            var result = await RunAsync();
            Assert.Equal((status, expected), (status, result.Verdict));
            Assert.Equal(WorkPhase.ExternalCall, result.Phase);
        }

        Assert.Empty(_thingPark.DeviceEuis);
        _thingPark.Inject(new NetworkServerFault(NetworkServerFaultKind.Status) { Status = 429, RetryAfter = TimeSpan.FromMinutes(42), When = request => request.Method == "POST" && request.Path.EndsWith("/devices", StringComparison.Ordinal) });
        Assert.Equal(TimeSpan.FromMinutes(42), (await RunAsync()).RetryAfter);
    }

    [Fact]
    public async Task A_deletion_that_was_never_brought_there_deletes_nothing()
    {
        _thingPark.Add(_eui, "somebody's");
        Assert.Equal(WorkVerdict.Done, (await RunAsync()).Verdict);
        Assert.Equal([_eui], _thingPark.DeviceEuis);
    }

    [Fact]
    public async Task While_a_run_is_under_way_a_device_that_is_there_already_is_looked_at_again()
    {
        await hub.CreateAsync(_eui, ServedSync.Tags(_eui));
        _thingPark.Add(_eui, "of the run");
        await _store!.TryAcquireAsync("localhost", new SyncLease("run", "test", TimeProvider.System.GetUtcNow().AddMinutes(1)), Token);
        Assert.Equal(WorkVerdict.Retry, (await RunAsync()).Verdict);
        await _store.ReleaseAsync("localhost", "run", Token);
        Assert.Equal(WorkVerdict.Permanent, (await RunAsync()).Verdict);
    }

    private static readonly (int Status, WorkVerdict Verdict)[] s_statuses =
    [
        (400, WorkVerdict.Permanent), (422, WorkVerdict.Permanent), (500, WorkVerdict.Retry), (503, WorkVerdict.Retry),
    ];

    private Task<WorkResult> RunAsync() => _reconciler!.RunAsync(
        new WorkItem { DeviceId = _eui, Operation = WorkOperation.Create, Phase = WorkPhase.TwinCheck, FirstSeen = default, PhaseSince = default, DueMs = 0 }, Token);
}
