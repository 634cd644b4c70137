using Nave.Api;
using Nave.Hub.Provisioning;

namespace Nave.Hub.Tests.Provisioning;

/// <summary>Hubs elsewhere: those of a second, real host, with a line to them that the test can cut.</summary>
internal sealed class OtherHubs : IRemoteHubs, IAsyncDisposable
{
    private readonly List<TestHub> _hosts = [];
    private volatile bool _isCut;

    /// <summary>Gets or sets a value indicating whether the line is cut.</summary>
    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }

    public async Task<IotHub> AddAsync(string hostName)
    {
        var host = await TestHub.OpenAsync(definition: new HubDefinition { HostName = hostName });
        _hosts.Add(host);
        return host.Hub;
    }

    public ILinkedHub Open(IotHubConnectionString connectionString) => new Line(this, connectionString.HostName);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }
    }

    private sealed class Line(OtherHubs owner, string hostName) : ILinkedHub
    {
        private static readonly HubError s_cut = new(HubErrorCode.GenericServiceUnavailable, "The line is cut.");

        public string HostName => hostName;

        private LocalHub Hub => new(owner._hosts.Select(host => host.Hub).Single(hub => hub.HostName == hostName));

        public async ValueTask<HubResult<DeviceIdentity>> FindAsync(string deviceId, CancellationToken cancellationToken) =>
            owner.IsCut ? s_cut : await Hub.FindAsync(deviceId, cancellationToken);

        public async ValueTask<HubResult<DeviceIdentity>> CreateAsync(DeviceIdentity identity, ReadOnlyMemory<byte> twin, CancellationToken cancellationToken) =>
            owner.IsCut ? s_cut : await Hub.CreateAsync(identity, twin, cancellationToken);

        public async ValueTask<HubResult<DeviceIdentity>> UpdateAsync(DeviceIdentity identity, CancellationToken cancellationToken) =>
            owner.IsCut ? s_cut : await Hub.UpdateAsync(identity, cancellationToken);

        public async ValueTask<HubError?> DeleteAsync(string deviceId, CancellationToken cancellationToken) =>
            owner.IsCut ? s_cut : await Hub.DeleteAsync(deviceId, cancellationToken);

        public async ValueTask<HubResult<ReadOnlyMemory<byte>>> GetTwinAsync(string deviceId, CancellationToken cancellationToken) =>
            owner.IsCut ? s_cut : await Hub.GetTwinAsync(deviceId, cancellationToken);

        public async ValueTask<HubError?> WriteTwinAsync(string deviceId, ReadOnlyMemory<byte> twin, bool replace, CancellationToken cancellationToken) =>
            owner.IsCut ? s_cut : await Hub.WriteTwinAsync(deviceId, twin, replace, cancellationToken);
    }
}
