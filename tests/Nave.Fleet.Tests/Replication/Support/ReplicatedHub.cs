using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Replication.Documents;
using Nave.Fleet.Replication.Sinks;
using Nave.Fleet.Replication.Verification;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Fleet.Tests.Replication.Support;

/// <summary>A real hub in this process, and clients of it.</summary>
public sealed class ReplicatedHub : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private NaveServer? _server;
    private ServiceClient? _service;

    /// <summary>Gets the service side.</summary>
    public ServiceClient Service => _service!; // Initialized before any test.

    private ServerStatus Status => _server!.Status; // As above.

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _server = await NaveServer.StartAsync(
            new NaveServerOptions { DataFolder = _folder.Path, HttpsPort = 0, MqttPort = 0, AmqpPort = 0, MqttPlainPort = 0, AmqpPlainPort = 0, Partitions = 4 },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            CancellationToken.None);
        _service = ServiceClient.Create(IotHubConnectionString.Parse(Status.ServiceConnectionString), new ServiceClientOptions
        {
            Endpoint = new ClientEndpoint { Host = "localhost", Port = Status.Ports.Https }, TrustedRoots = ClientTrust.LoadPem(Status.CaFile!), // It has a development CA.
        });
    }

    /// <summary>Makes a client of the event stream; the caller disposes of it.</summary>
    public EventsClient CreateEvents() => EventsClient.Create(
        EventHubConnectionString.Parse(Status.EventHubConnectionString),
        new AmqpClientOptions { Transport = ClientTransport.AmqpPlain, Endpoint = new ClientEndpoint { Host = "localhost", Port = Status.Ports.AmqpPlain }, RetryFirstConnect = true });

    /// <summary>Sets reported properties as the device or module does.</summary>
    public async Task ReportAsync(DeviceIdentity identity, string patch)
    {
        await using var device = DeviceClient.Create(
            new IotHubConnectionString
            {
                HostName = Service.HostName,
                DeviceId = identity.DeviceId,
                ModuleId = identity.ModuleId,
                SharedAccessKey = identity.Authentication!.SymmetricKey!.PrimaryKey, // The hub made one.
            },
            new DeviceClientOptions { Transport = ClientTransport.MqttPlain, Endpoint = new ClientEndpoint { Host = "localhost", Port = Status.Ports.MqttPlain } });
        await device.ConnectAsync();
        await device.PatchReportedAsync(RawJson.Parse(patch));
    }

    /// <summary>Creates a device or module.</summary>
    public Task<DeviceIdentity> CreateAsync(string deviceId, string? moduleId = null) => Service.CreateDeviceAsync(new DeviceIdentity { DeviceId = deviceId, ModuleId = moduleId });

    /// <summary>
    /// Reads every event of what was done up to now. A change and its event are one transaction, but the stream has the event a moment later; the
    /// order of all is kept, so the event of a device that is made here comes behind them.
    /// </summary>
    public async Task<List<ReceivedEvent>> ReadEventsAsync(IReadOnlyDictionary<string, EventPosition>? starts = null)
    {
        var marker = $"marker-{Guid.NewGuid():N}";
        await CreateAsync(marker);
        await using var events = CreateEvents();
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            var all = new List<ReceivedEvent>();
            await foreach (var each in events.ReadAsync(new EventReadOptions { Start = EventPosition.Earliest, Starts = starts, UntilEnd = true }))
            {
                all.Add(each);
            }

            if (all.Exists(each => each.DeviceId == marker))
            {
                return all;
            }

            Assert.True(deadline.Elapsed < TestDeadline.Default, "The event of a new device does not come.");
        }
    }

    /// <summary>Compares hub and target.</summary>
    /// <returns>What differs, a line each.</returns>
    public async Task<IReadOnlyList<string>> CompareAsync(IReplicaSink sink, bool repair = false)
    {
        var differences = new List<string>();
        await new Verifier(Service, sink, keepHistory: false, TimeProvider.System).RunAsync(
            new VerifyOptions { Settle = TimeSpan.Zero, Repair = repair },
            difference => differences.Add(string.Create(CultureInfo.InvariantCulture, $"{difference.Key} {difference.Kind}: {string.Join(", ", difference.Reasons)}")),
            CancellationToken.None);
        return differences;
    }

    /// <summary>Loads one document.</summary>
    public static async Task<ReplicaDocument?> LoadAsync(IReplicaSink sink, string deviceId, string? moduleId = null) =>
        (await sink.LoadAsync([new IdentityId(deviceId, moduleId)], CancellationToken.None)).SingleOrDefault()?.Document;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _service?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }
}
