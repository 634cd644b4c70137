using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Server.Amqp;
using Nave.Server.Amqp.Events;
using Nave.Server.Amqp.Service;
using Nave.Storage;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp.Events;

/// <summary>A real hub in a temporary folder behind a real AMQP head on loopback, with the service's endpoints.</summary>
internal sealed class EventTestHub : IAsyncDisposable
{
    public const string HostName = "hub.test";

    private readonly TemporaryFolder _folder = new();
    private readonly TimeProvider _time;
    private readonly EventEndpoint _events;
    private ILogAppender? _appender;

    private EventTestHub(TimeProvider time)
    {
        _time = time;
        _events = new EventEndpoint(time);
    }

    public HubHost Hubs { get; private set; } = null!;

    public IotHub Hub => Hubs.Hubs[0];

    public AmqpHead Head { get; private set; } = null!;

    public int Port { get; private set; }

    public static async Task<EventTestHub> StartAsync(TimeProvider? time = null, int partitions = 1, HubEventSources sources = HubEventSources.None)
    {
        var hub = new EventTestHub(time ?? TimeProvider.System);
        hub.Hubs = await HubHost.OpenAsync(
            new HubHostOptions { DataFolder = hub._folder.Path, DefaultHub = new HubDefinition { HostName = HostName, Partitions = partitions, EventSources = sources } },
            hub._time,
            NullLoggerFactory.Instance,
            TestContext.Current.CancellationToken);
        hub.Head = new AmqpHead(
            new AmqpHeadParts { Hubs = hub.Hubs, HubEndpoints = [hub._events, new ServiceEndpoint()] },
            new AmqpHeadOptions { Address = IPAddress.Loopback, TlsPort = null, PlainPort = 0 },
            null,
            hub._time,
            NullLoggerFactory.Instance);
        hub.Port = hub.Head.Start().Plain!.Value;
        return hub;
    }

    /// <summary>Connects, with a token of a policy unless told otherwise.</summary>
    public async Task<LinkClient> ConnectAsync(string policy = "service", string resource = HostName)
    {
        var client = await LinkClient.ConnectAsync(Port, HostName);
        Assert.Equal(200, await client.PutTokenAsync(Token(policy, resource)));
        return client;
    }

    public string Token(string policy, string resource = HostName, TimeSpan? life = null) => SasToken.Create(
        resource,
        Convert.FromBase64String(Hub.Authenticator.Policies.Single(p => p.Name == policy).PrimaryKey),
        _time.GetUtcNow() + (life ?? TimeSpan.FromHours(1)),
        policy);

    /// <summary>Creates a device and proves to be it.</summary>
    public async Task<DevicePrincipal> DeviceAsync(string deviceId, string? moduleId = null)
    {
        var created = await Hub.Registry.CreateAsync(new DeviceIdentity { DeviceId = deviceId, ModuleId = moduleId }, TestContext.Current.CancellationToken);
        Assert.True(created.IsSuccess, created.Error?.Message);
        var id = created.Value.Id;
        var token = SasToken.Create(
            SasToken.ResourceOf(HostName, id), Convert.FromBase64String(created.Value.Authentication!.SymmetricKey!.PrimaryKey!), _time.GetUtcNow().AddHours(1));
        var principal = await Hub.Authenticator.AuthenticateDeviceAsync(id, new DeviceCredential(token), TestContext.Current.CancellationToken);
        Assert.True(principal.IsSuccess, principal.Error?.Message);
        return principal.Value;
    }

    /// <summary>Stores events and waits until they are durable.</summary>
    public async Task AppendAsync(DevicePrincipal device, int count, Func<int, byte[]> body, Action<EventPropertiesWriter>? properties = null)
    {
        _appender ??= Hub.Telemetry.CreateAppender();
        var writer = new EventPropertiesWriter();
        properties?.Invoke(writer);
        var stored = new Stored(count);
        for (var i = 0; i < count; i++)
        {
            while (true)
            {
                // The next commit makes room; it may come before this one is told that there is none.
                var progress = stored.Progress;
                var outcome = Hub.Telemetry.TryAppend(_appender, device, new EventDraft { Body = body(i), Properties = writer.Written }, stored, i);
                if (outcome != AppendOutcome.Busy)
                {
                    Assert.Equal(AppendOutcome.Staged, outcome);
                    break;
                }

                await progress.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
            }
        }

        await stored.Task.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
    }

    public Task AppendAsync(DevicePrincipal device, int count) =>
        AppendAsync(device, count, i => System.Text.Encoding.UTF8.GetBytes($"e{i}"));

    public async ValueTask DisposeAsync()
    {
        _appender?.Dispose();
        await Head.DisposeAsync();
        _events.Dispose();
        await Hubs.DisposeAsync();
        _folder.Dispose();
    }

    private sealed class Stored(int count) : IAppendObserver
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;
        private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => _done.Task;

        /// <summary>Gets what ends when a further event is stored.</summary>
        public Task Progress => Volatile.Read(ref _progress).Task;

        public void Appended(long token, bool durable)
        {
            Interlocked.Exchange(ref _progress, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            if (!durable)
            {
                _done.TrySetException(new IOException($"Event {token} was not stored."));
            }
            else if (--_left == 0)
            {
                _done.TrySetResult();
            }
        }
    }
}
