using System.Diagnostics;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Bench;

/// <summary>The hub that is loaded: one that runs, or one of our own.</summary>
internal sealed class BenchTarget : IAsyncDisposable
{
    private readonly ServerProcess? _own;
    private readonly DeviceProvisioner _provisioner;
    private readonly DeviceClientOptions _deviceOptions;

    public BenchTarget(HubTarget hub, ServerProcess? own, Process? server, ClientTransport transport)
    {
        _own = own;
        Server = server;
        HostName = hub.Connection.HostName;
        Service = hub.CreateService();
        Events = hub.Events;
        _provisioner = new DeviceProvisioner(Service);
        _deviceOptions = hub.DeviceOptions(transport);
    }

    /// <summary>Gets the server's process, if it is on this machine.</summary>
    public Process? Server { get; }

    public string HostName { get; }

    public ServiceClient Service { get; }

    public EventsTarget Events { get; }

    /// <summary>Has devices created and makes a client of each, not connected.</summary>
    public async Task<DeviceClient[]> CreateDevicesAsync(int count, int maxInFlight, CancellationToken cancellationToken)
    {
        var connections = await CreateConnectionsAsync(count, cancellationToken);
        return Array.ConvertAll(connections, connection => CreateClient(connection, maxInFlight));
    }

    /// <summary>Has devices created and gets what each connects with.</summary>
    public async Task<IotHubConnectionString[]> CreateConnectionsAsync(int count, CancellationToken cancellationToken)
    {
        var ids = IdsOf(count, tags: null);
        var keys = await _provisioner.EnsureAsync(ids, create: true, cancellationToken);
        return Array.ConvertAll(ids, id => new IotHubConnectionString { HostName = HostName, DeviceId = id.Id, SharedAccessKey = keys[id.Id] });
    }

    /// <summary>Has devices created with tags.</summary>
    public Task CreateDevicesAsync(int count, Func<int, RawJson> tags, CancellationToken cancellationToken) =>
        _provisioner.EnsureAsync(IdsOf(count, tags), create: true, cancellationToken);

    public DeviceClient CreateClient(IotHubConnectionString connection, int maxInFlight) =>
        DeviceClient.Create(connection, _deviceOptions with { MaxInFlight = Math.Max(maxInFlight, 1) });

    /// <summary>Deletes devices, unless the hub is our own and goes anyway.</summary>
    public Task DeleteUnlessOwnAsync(IReadOnlyCollection<string> ids) =>
        _own is not null ? Task.CompletedTask : DeviceProvisioner.DeleteAsync(Service, ids, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (_own is null)
        {
            await CleanUpAsync();
        }

        Service.Dispose();
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }

        Server?.Dispose();
    }

    private static ProvisionedDevice[] IdsOf(int count, Func<int, RawJson>? tags) =>
        [.. Enumerable.Range(1, count).Select(i => new ProvisionedDevice($"bench-{i:00000}", tags is null ? default : tags(i)))];

    // Somebody else's hub is left as it was, unless it has gone: that is told by the benchmark itself.
    private async Task CleanUpAsync()
    {
        try
        {
            await _provisioner.DeleteCreatedAsync(CancellationToken.None);
        }
        catch (HttpRequestException)
        {
            // Nothing can be removed where nobody answers.
        }
    }
}
