using Microsoft.Extensions.Logging.Abstractions;
using Nave.Cli.Commands;
using Nave.Client;
using Nave.Fleet.Simulation.NetworkServers;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Planning;
using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.Runs;
using Nave.Fleet.Sync.State;
using Nave.Server.Hosting;

namespace Nave.Cli.Fleets;

/// <summary>
/// The part <c>sync</c> of <c>nave demo</c>: a simulated ChirpStack with a few devices, kept in step with the hub by the same plan and
/// apply as <c>nave sync</c>. The network server runs as long as the demo, and its configuration lies in the data folder to be tried.
/// </summary>
/// <param name="status">The hub.</param>
/// <param name="folder">The demo's data folder.</param>
/// <param name="words">Where it is told.</param>
internal sealed class DemoSync(ServerStatus status, string folder, TextWriter words) : IAsyncDisposable
{
    // One that goes is then less than the tenth at which the guard stops a run.
    private const int Devices = 12;
    private const ulong FirstEui = 0x70B3D57ED0000001;

    private static readonly string[] s_sites = ["harbour", "airport", "old town"];

    private readonly ChirpStackServer _networkServer = new();

    private string ConfigurationFile => Path.Combine(folder, "sync.yaml");

    /// <summary>Runs the part once through, and leaves the network server running.</summary>
    /// <exception cref="CliException">A run failed, or something differs after it.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _networkServer.StartAsync(cancellationToken: cancellationToken);
        for (var i = 0; i < Devices; i++)
        {
            _networkServer.Add(Eui(i), $"water meter {i + 1}", Site(i));
        }

        await WriteConfigurationAsync(cancellationToken);
        await words.WriteLineAsync($"Sync: a simulated ChirpStack at {_networkServer.BaseUri} has {Devices} devices; the hub shall have them too.");
        await words.WriteLineAsync($"  nave sync plan --config {ConfigurationFile}    # in another terminal, while the demo runs");
        await words.WriteLineAsync();

        var target = HubOptions.TargetOf(status);
        using var service = target.CreateService();
        var configuration = SyncConfigurationReader.Load(ConfigurationFile, SyncEnvironment.Process, ProviderCatalog.Default);
        await using var provider = configuration.CreateProvider(new ProviderContext(TimeProvider.System, NullLoggerFactory.Instance)
        {
            BaseFolder = configuration.BaseFolder, SyncName = configuration.Name,
        });
        await SyncAsync(configuration, service, provider, cancellationToken);
        await ShowAsync(service, cancellationToken);

        await words.WriteLineAsync("On the network server one device moves, one goes and one comes.");
        _networkServer.Add(Eui(0), "water meter 1", Site(1));
        _networkServer.Remove(Eui(1));
        _networkServer.Add(Eui(Devices), "a new gas meter", Site(2));
        await SyncAsync(configuration, service, provider, cancellationToken);

        using var last = await new SyncRunner(configuration, service, provider, null, TimeProvider.System, NullLoggerFactory.Instance)
            .PlanAsync(adopt: false, null, cancellationToken);
        await words.WriteLineAsync(last.Counts.IsEmpty
            ? $"Another plan: nothing to do, {last.Counts.Unchanged} devices are in step."
            : throw new CliException("After the sync of the demo something still differs.", ExitCodes.Failure));
        await words.WriteLineAsync();
        await words.FlushAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _networkServer.DisposeAsync();

    private static string Eui(int number) => (FirstEui + (ulong)number).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Site(int number) => new() { ["site"] = s_sites[number % s_sites.Length] };

    private string Describe() => $"""
        # Written by nave demo --with sync. In earnest, secrets come from the environment: apiKey: $[CHIRPSTACK_API_KEY]
        name: demo
        hub:
          connectionString: "{status.ServiceConnectionString}"
          endpoint: "127.0.0.1:{status.Ports.Https}"
          ca: "{status.CaFile}"
        provider:
          name: chirpstack
          baseUri: "{_networkServer.BaseUri}"
          apiKey: "{_networkServer.ApiKey}"
          applicationId: "{_networkServer.ApplicationId}"
        master: external

        """.Replace("$[CHIRPSTACK_API_KEY]", "${CHIRPSTACK_API_KEY}", StringComparison.Ordinal);

    private async Task WriteConfigurationAsync(CancellationToken cancellationToken)
    {
        // It has keys: for the owner alone.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var writer = new StreamWriter(ConfigurationFile, options);
        await writer.WriteAsync(Describe().AsMemory(), cancellationToken);
    }

    private async Task SyncAsync(SyncConfiguration configuration, ServiceClient service, IDeviceProvider provider, CancellationToken cancellationToken)
    {
        // Not kept open: the commands of another terminal need it too.
        await using var store = await SyncStore.OpenAsync(configuration, TimeProvider.System, NullLogger.Instance, cancellationToken);
        var runner = new SyncRunner(configuration, service, provider, store, TimeProvider.System, NullLoggerFactory.Instance);
        using (var plan = await runner.PlanAsync(adopt: false, null, cancellationToken))
        {
            await words.WriteLineAsync($"Plan: {plan.Counts.Create} to create, {plan.Counts.Update} to update, {plan.Counts.Delete} to delete, {plan.Counts.Unchanged} unchanged.");
            foreach (var change in plan.Changes())
            {
                var sign = change.Action switch { PlanAction.Create => '+', PlanAction.Update => '~', PlanAction.Delete => '-', _ => '!' };
                await words.WriteLineAsync($"  {sign} {change.DeviceId}: {string.Join(' ', change.Reasons)}");
            }
        }

        var run = await runner.ApplyAsync(new SyncApplyOptions { Trigger = "demo" }, null, cancellationToken);
        await words.WriteLineAsync($"Applied: {run.Created} created, {run.Updated} updated, {run.Deleted} deleted, {run.Failed} failed.");
        if (run.Outcome != SyncRunOutcome.Succeeded)
        {
            throw new CliException($"The sync of the demo ended as {SyncText.Of(run.Outcome)}. {run.Error}", ExitCodes.Failure);
        }
    }

    private async Task ShowAsync(ServiceClient service, CancellationToken cancellationToken)
    {
        await words.WriteLineAsync("On the hub:");
        var page = await service.QueryPageAsync("SELECT deviceId, tags.name AS name, tags.site AS site FROM devices WHERE is_defined(tags.devEui)", 3, null, cancellationToken);
        foreach (var row in page.Items)
        {
            await words.WriteLineAsync($"  {row}");
        }

        await words.WriteLineAsync("  …");
    }
}
