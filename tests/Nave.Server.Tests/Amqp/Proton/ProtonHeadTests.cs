using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Hub;
using Nave.Hub.Commands;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp.Proton;

/// <summary>Qpid Proton as device and as service of a whole server. Needs Debian's python3-qpid-proton (./test installs it).</summary>
public sealed class ProtonHeadTests : IAsyncLifetime
{
    private const string HostName = "hub.localhost";
    private const int Events = 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private NaveServer _server = null!;
    private DeviceIdentity _device = null!;

    private IotHub Hub => _server.Hubs.Hubs[0];

    public async ValueTask InitializeAsync()
    {
        _server = await NaveServer.StartAsync(
            new NaveServerOptions
            {
                DataFolder = _folder.Path, HostName = HostName, Address = IPAddress.Loopback, HttpsPort = 0, MqttPort = 0, AmqpPort = 0, AmqpPlainPort = 0,
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            TestContext.Current.CancellationToken);
        var created = await Hub.Registry.CreateAsync(new DeviceIdentity { DeviceId = "d1" }, TestContext.Current.CancellationToken);
        Assert.True(created.IsSuccess, created.Error?.Message);
        _device = created.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_device_sends_events_and_takes_a_message_and_a_service_reads_the_events()
    {
        var properties = new EventPropertiesWriter();
        properties.Add("level", "high");
        var sent = await Hub.CloudToDevice.SendAsync(
            _device.Id, new CloudToDeviceMessage(properties.ToProperties(), Encoding.UTF8.GetBytes("open")), TestContext.Current.CancellationToken);
        Assert.True(sent.IsSuccess, sent.Error?.Message);
        await RunAsync("device", "d1@sas.hub", DeviceToken(), "d1", $"{Events}");

        var (entity, partitions) = (EntityPath(), Hub.Events.PartitionCount);
        var partition = await PartitionOfEventsAsync();
        await RunAsync("events", "service@sas.root.hub", PolicyToken("service"), entity, $"{partitions}", $"{Events}", $"{partition}");
    }

    [Fact]
    public Task A_wrong_token_and_another_devices_link_are_refused_with_reasons_that_it_understands() => RunAsync("refused", "d1@sas.hub", DeviceToken());

    private string DeviceToken() => SasToken.Create(
        SasToken.ResourceOf(HostName, _device.Id),
        Convert.FromBase64String(_device.Authentication!.SymmetricKey!.PrimaryKey!),
        TimeProvider.System.GetUtcNow().AddHours(1));

    private string PolicyToken(string policy) => SasToken.Create(
        HostName, Convert.FromBase64String(Hub.Authenticator.Policies.Single(p => p.Name == policy).PrimaryKey), TimeProvider.System.GetUtcNow().AddHours(1), policy);

    private string EntityPath() => _server.Status.EventHubConnectionString.Split(';').Single(part => part.StartsWith("EntityPath=", StringComparison.Ordinal))["EntityPath=".Length..];

    private async Task<int> PartitionOfEventsAsync()
    {
        for (var partition = 0; partition < Hub.Events.PartitionCount; partition++)
        {
            var batch = await Hub.Events.ReadAsync(partition, 0, 1 << 20, TestContext.Current.CancellationToken);
            if (batch.Any(stored => stored.Source == "Telemetry"))
            {
                return partition;
            }
        }

        throw new InvalidOperationException("No partition has the events.");
    }

    private async Task RunAsync(string scenario, string user, string password, params string[] more)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "/usr/bin/python3", [Script(), $"{_server.Status.Ports.AmqpPlain}", HostName, scenario, user, password, .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var deadline = new CancellationTokenSource(s_deadline);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        Assert.True((await output).Trim() == "ok", $"{scenario}: {await output}{await errors}");
    }

    private static string Script([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "proton_client.py");
}
