using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Hub.Security;
using Nave.Testing;

namespace Nave.Hub.Tests;

/// <summary>A real hub in a folder of its own: real store, real log.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    public const string HostName = "hub.test";

    private readonly TemporaryFolder _folder = new();
    private readonly HubHostOptions _options;
    private readonly TimeProvider _time;
    private HubHost? _host;

    private TestHub(TimeProvider time, HubDefinition? definition, Func<HubHostOptions, HubHostOptions>? configure)
    {
        _time = time;
        var options = new HubHostOptions { DataFolder = _folder.File("data"), DefaultHub = definition ?? new HubDefinition { HostName = HostName } };
        _options = configure is null ? options : configure(options);
    }

    public string DataFolder => _options.DataFolder;

    public HubHost Host => _host!;

    public IotHub Hub => Host.TryFind(_options.DefaultHub.HostName, out var hub) ? hub : throw new InvalidOperationException("The hub is not open.");

    public static async Task<TestHub> OpenAsync(
        TimeProvider? time = null, HubDefinition? definition = null, Func<HubHostOptions, HubHostOptions>? configure = null)
    {
        var test = new TestHub(time ?? TimeProvider.System, definition, configure);
        await test.StartAsync();
        return test;
    }

    /// <summary>Closes the host and opens it again on the same folder.</summary>
    public async Task RestartAsync(Action? between = null)
    {
        await StopAsync();
        between?.Invoke();
        await StartAsync();
    }

    public async Task StopAsync()
    {
        await Host.DisposeAsync();
        _host = null;
    }

    public async Task StartAsync() =>
        _host = await HubHost.OpenAsync(_options, _time, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    /// <summary>Creates a device, and returns it as the hub does.</summary>
    public async Task<DeviceIdentity> CreateAsync(string deviceId, string? moduleId = null, DeviceAuthentication? authentication = null)
    {
        var created = await Hub.Registry.CreateAsync(
            new DeviceIdentity { DeviceId = deviceId, ModuleId = moduleId, Authentication = authentication }, TestContext.Current.CancellationToken);
        Assert.Null(created.Error);
        return created.Value!;
    }

    public async Task<DeviceIdentity> GetAsync(IdentityId id)
    {
        var found = await Hub.Registry.GetAsync(id, TestContext.Current.CancellationToken);
        Assert.Null(found.Error);
        return found.Value!;
    }

    /// <summary>Makes a token with an identity's primary key.</summary>
    public string TokenOf(DeviceIdentity identity, TimeSpan? lifetime = null) => SasToken.Create(
        SasToken.ResourceOf(HostName, identity.Id),
        Convert.FromBase64String(identity.Authentication!.SymmetricKey!.PrimaryKey!),
        _time.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1)));

    /// <summary>Makes a token with a policy's primary key.</summary>
    public string PolicyToken(string policy, string resource = HostName, TimeSpan? lifetime = null) => SasToken.Create(
        resource,
        Convert.FromBase64String(Hub.Authenticator.Policies.Single(p => p.Name == policy).PrimaryKey),
        _time.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1)),
        policy);

    public ValueTask<HubResult<DevicePrincipal>> AuthenticateAsync(IdentityId id, string? token) =>
        Hub.Authenticator.AuthenticateDeviceAsync(id, new DeviceCredential(token), TestContext.Current.CancellationToken);

    /// <summary>Authenticates an identity with its primary key and connects it.</summary>
    public async Task<(DeviceSession Session, RecordingLink Link)> ConnectAsync(
        DeviceIdentity identity, bool isPersistent = false, string? token = null)
    {
        var principal = await AuthenticateAsync(identity.Id, token ?? TokenOf(identity));
        Assert.Null(principal.Error);
        return Connect(principal.Value!, isPersistent);
    }

    public (DeviceSession Session, RecordingLink Link) Connect(DevicePrincipal principal, bool isPersistent = false)
    {
        var link = new RecordingLink();
        var opened = Hub.Connections.Open(principal, link, isPersistent);
        Assert.Null(opened.Error);
        return (opened.Value!, link);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _folder.Dispose();
    }
}
