using System.Globalization;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Simulation.NetworkServers;
using Nave.Testing;

namespace Nave.Cli.Tests;

/// <summary><c>nave sync serve</c> as a process, and the commands beside it.</summary>
public sealed class SyncServeTests(RunningHub hub) : IClassFixture<RunningHub>, IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ChirpStackServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Configuration => _folder.File("sync.yaml");

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        await File.WriteAllTextAsync(
            Configuration,
            $$"""
            name: lora
            hub: {connectionString: '{{hub.Status.ServiceConnectionString}}'}
            master: hub
            listen: http://localhost:0
            provider:
              name: chirpstack
              baseUri: {{_server.BaseUri}}
              apiKey: {{_server.ApiKey}}
              applicationId: {{_server.ApplicationId}}
              callsPerSecond: 1000
            """,
            Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_sync_that_is_killed_again_and_again_brings_each_device_exactly_once()
    {
        const int Rounds = 3;
        const int Devices = 12;
        using var service = ServiceClient.Create(IotHubConnectionString.Parse(hub.Status.ServiceConnectionString), new ServiceClientOptions
        {
            Endpoint = new ClientEndpoint { Host = "localhost", Port = hub.Status.Ports.Https },
            TrustedRoots = ClientTrust.LoadPem(hub.Status.CaFile!),
        });
        var random = new Random(11);
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        var sync = await SyncProcess.StartAsync(Configuration, hub.Data);
        try
        {
            await ReadingAsync();
            for (var round = 0; round < Rounds; round++)
            {
                // 1. Devices come and go on the hub.
                var before = _server.RequestCount;
                var euis = Enumerable.Range(0, Devices).Select(i => string.Create(CultureInfo.InvariantCulture, $"70b3d5499f{(round * 256) + i:x6}")).ToArray();
                var result = await service.BulkAsync([.. euis.Select(Line)], Token);
                Assert.True(result.IsSuccessful);
                foreach (var gone in expected.Take(3).ToArray())
                {
                    await service.DeleteDeviceAsync(new IdentityId(gone), cancellationToken: Token);
                    expected.Remove(gone);
                }

                expected.UnionWith(euis);

                // 2. In the midst of it the process is killed, and starts again.
                var calls = random.Next(1, Devices * 2);
                await TestDeadline.UntilAsync(() => _server.RequestCount >= before + calls, $"{calls} calls were made");
                await sync.KillAsync();
                await sync.DisposeAsync();
                sync = await SyncProcess.StartAsync(Configuration, hub.Data);
            }

            await TestDeadline.UntilAsync(() => _server.DeviceEuis.SequenceEqual(expected), "the network server has each device");
            await IdleAsync();
            Assert.Equal(expected, _server.DeviceEuis);
            Assert.All(expected, eui => Assert.NotNull(_server.Keys(eui)));
            Assert.Empty((await RunAsync("dead", "list", "-o", "json")).Ok().Output);
        }
        finally
        {
            await sync.DisposeAsync();
        }
    }

    [Fact]
    public async Task Status_and_dead_letters_are_shown_whether_it_is_served_or_not()
    {
        var status = (await RunAsync("status", "-o", "json")).Ok().Json[0];
        Assert.Equal(("lora", false, 0), (status.GetProperty("sync").GetString(), status.GetProperty("serving").GetBoolean(), status.GetProperty("queueDepth").GetInt32()));

        await using var sync = await SyncProcess.StartAsync(Configuration, hub.Data);
        Assert.True(sync.Ready.GetProperty("ready").GetBoolean());
        Assert.True(sync.Ready.GetProperty("events").GetBoolean());
        using var http = new HttpClient { BaseAddress = new Uri(sync.Ready.GetProperty("url").GetString()!) };
        Assert.Equal("ok\n", await http.GetStringAsync("/readyz", Token));
        Assert.Contains("nave_sync_queue_depth{sync=\"lora\"} 0", await http.GetStringAsync("/metrics", Token), StringComparison.Ordinal);
        status = (await RunAsync("status", "-o", "json")).Ok().Json[0];
        Assert.True(status.GetProperty("serving").GetBoolean());
        Assert.Contains("serving", (await RunAsync("status")).Ok().Output, StringComparison.Ordinal);
        Assert.Empty((await RunAsync("runs", "-o", "json")).Ok().Output);
        Assert.Equal(ExitCodes.Failure, (await RunAsync("runs", "no-such-run")).ExitCode);
        Assert.Equal("""{"retried":[]}""", (await RunAsync("dead", "retry", "--all", "-o", "json")).Ok().Lines[0]);
        Assert.Equal(ExitCodes.Failure, (await RunAsync("dead", "discard", "d1")).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await RunAsync("dead", "discard")).ExitCode);
    }

    private ExportImportDevice Line(string eui) => new()
    {
        Id = eui,
        ImportMode = ImportMode.Create,
        Status = DeviceStatus.Enabled,
        Tags = RawJson.Parse($$"""{"devEui":"{{eui}}","deviceProfileId":"{{_server.DeviceProfileIds[0]}}","nwkKey":"258db54023ea7fe3d55085f7351737d0"}"""),
    };

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.OfAsync(["sync", .. arguments, "--config", Configuration, "--data", hub.Data]);

    private async Task IdleAsync()
    {
        for (var deadline = TestDeadline.Default; ; deadline -= TimeSpan.FromMilliseconds(50))
        {
            var status = (await RunAsync("status", "-o", "json")).Ok().Output;
            if (status.Contains("\"queueDepth\":0", StringComparison.Ordinal))
            {
                return;
            }

            Assert.True(deadline > TimeSpan.Zero, $"The queue is not empty: {status}");
            await Task.Delay(50, Token);
        }
    }

    // Before the first checkpoints are written, what happens on the hub is a run's to find.
    private async Task ReadingAsync()
    {
        for (var deadline = TestDeadline.Default; ; deadline -= TimeSpan.FromMilliseconds(50))
        {
            var status = (await RunAsync("status", "-o", "json")).Ok().Json[0];
            if (status.GetProperty("events").TryGetProperty("reading", out var reading) && reading.GetBoolean())
            {
                return;
            }

            Assert.True(deadline > TimeSpan.Zero, $"The hub's events are not read: {status}");
            await Task.Delay(50, Token);
        }
    }
}
