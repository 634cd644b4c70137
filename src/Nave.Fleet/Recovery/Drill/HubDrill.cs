using System.Security.Cryptography;
using Nave.Api;
using Nave.Client;
using Nave.Fleet.Simulation;

namespace Nave.Fleet.Recovery;

/// <summary>
/// Fails over from a hub to its mirror with devices connected, and back, and tells what that was to each client. Stopped on its way it leaves both
/// hubs as it found them: which of them stands by, and no device of its own.
/// </summary>
/// <param name="definition">What to do.</param>
/// <param name="primary">The hub that is active.</param>
/// <param name="secondary">The hub that takes over.</param>
/// <param name="say">Gets a sentence at each step, for people.</param>
public sealed partial class HubDrill(DrillDefinition definition, DrillHub primary, DrillHub secondary, Action<string> say)
{
    private static readonly TimeSpan s_cleanTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly string _run = "d" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private readonly List<DrillLeg> _legs = [];
    private readonly List<string> _problems = [];

    private DrillHub[] Hubs => [primary, secondary];

    /// <summary>Runs the drill.</summary>
    /// <exception cref="RecoveryException">The hubs or the mirror are not fit for it, or a command failed.</exception>
    /// <exception cref="HubException">A hub refused.</exception>
    /// <exception cref="TimeoutException">A step took too long.</exception>
    public async Task<DrillReport> RunAsync(CancellationToken cancellationToken)
    {
        var work = Directory.CreateTempSubdirectory("nave-drill-");
        try
        {
            using var first = primary.CreateService(_time);
            using var second = secondary.CreateService(_time);
            HubRegistry[] registries =
            [
                await HubRegistry.OpenAsync(first, cancellationToken).ConfigureAwait(false),
                await HubRegistry.OpenAsync(second, cancellationToken).ConfigureAwait(false),
            ];
            var state = new HubStates(registries);
            await state.NoteAsync(cancellationToken).ConfigureAwait(false);
            return await RunAsync(registries, state, work.FullName, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private async Task<DrillReport> RunAsync(HubRegistry[] registries, HubStates state, string work, CancellationToken cancellationToken)
    {
        var provisioner = new DeviceProvisioner(registries[0].Client);
        DrillFleet? fleet = null;
        DrillMirror? mirror = null;
        var traffic = new List<TwinTraffic>();
        await using var oldReader = new DrillReader(primary.CreateEvents(_time), 0, primary.HostName, definition.ReaderGroup, _time);
        await using var newReader = new DrillReader(secondary.CreateEvents(_time), 1, secondary.HostName, definition.ReaderGroup, _time);
        DrillReader[] readers = [oldReader, newReader];
        var isDone = false;
        try
        {
            // 1. Devices, and a mirror that has them.
            var made = Enumerable.Range(1, definition.Devices).Select(number => FormattableString.Invariant($"{definition.Prefix}{number:00000}")).ToArray();
            say($"making {made.Length} devices in {primary.HostName}");
            var keys = new Dictionary<string, string>(await provisioner.EnsureAsync([.. made.Select(id => new ProvisionedDevice(id))], create: true, cancellationToken).ConfigureAwait(false));
            foreach (var (id, key) in await provisioner.EnsureAsync([.. definition.Existing.Select(id => new ProvisionedDevice(id))], create: false, cancellationToken).ConfigureAwait(false))
            {
                keys[id] = key;
            }

            say($"mirroring {primary.HostName} to {secondary.HostName}");
            var folder = definition.MirrorFolder ?? Path.Combine(work, "over");
            mirror = definition.MirrorRuns
                ? await DrillMirror.FindAsync(folder, cancellationToken).ConfigureAwait(false)
                : await StartMirrorAsync(registries[0], registries[1], primary, folder, cancellationToken).ConfigureAwait(false);
            await mirror.WaitAsync(registries[1], [.. keys.Keys], definition.Timeout, _time, cancellationToken).ConfigureAwait(false);

            // 2. Everything runs.
            fleet = new DrillFleet([.. made.Concat(definition.Existing).Select((id, number) => NewDevice(id, number, keys[id]))], _run, definition, _time);
            foreach (var reader in readers)
            {
                await reader.StartAsync(fleet, cancellationToken).ConfigureAwait(false);
            }

            var started = _time.GetUtcNow();
            var own = new HashSet<string>(made, StringComparer.Ordinal);
            await fleet.StartAsync(device => own.Contains(device.Id), cancellationToken).ConfigureAwait(false);
            traffic.Add(StartTraffic(registries[0], made));
            say($"{fleet.Devices.Count} devices send to {primary.HostName}");
            if (!await fleet.WaitAsync(0, started, cancellationToken).ConfigureAwait(false))
            {
                throw new TimeoutException($"Not every device could send to '{primary.HostName}', and be read there, within {definition.Timeout}.");
            }

            await Task.Delay(definition.Before, _time, cancellationToken).ConfigureAwait(false);

            // 3. Over.
            var leg = await SwitchAsync(0, mirror, traffic[0], fleet, readers, cancellationToken).ConfigureAwait(false);
            await Task.Delay(definition.After, _time, cancellationToken).ConfigureAwait(false);
            if (definition.Recover is not null)
            {
                await RecoverAsync(registries[0], cancellationToken).ConfigureAwait(false);
            }

            var isReadable = definition.Lose is null || definition.Recover is not null;
            leg = leg with { Registry = isReadable ? await RegistryComparison.RunAsync(registries[0], registries[1], cancellationToken).ConfigureAwait(false) : null };
            await mirror.DisposeAsync().ConfigureAwait(false);
            mirror = null;

            // 4. Back.
            if (definition.Back)
            {
                leg = leg with { Merge = await MergeAsync(registries, folder, cancellationToken).ConfigureAwait(false) };
                _legs.Add(leg);
                say($"mirroring {secondary.HostName} to {primary.HostName}");
                mirror = await StartMirrorAsync(registries[1], registries[0], secondary, Path.Combine(work, "back"), cancellationToken).ConfigureAwait(false);
                await mirror.WaitAsync(registries[0], [.. keys.Keys], definition.Timeout, _time, cancellationToken).ConfigureAwait(false);
                traffic.Add(StartTraffic(registries[1], made));
                await Task.Delay(definition.Before, _time, cancellationToken).ConfigureAwait(false);
                var back = await SwitchAsync(1, mirror, traffic[1], fleet, readers, cancellationToken).ConfigureAwait(false);
                await Task.Delay(definition.After, _time, cancellationToken).ConfigureAwait(false);
                _legs.Add(back with { Registry = await RegistryComparison.RunAsync(registries[1], registries[0], cancellationToken).ConfigureAwait(false) });
            }
            else
            {
                _legs.Add(leg);
            }

            // 5. What is left of it all.
            await fleet.StopAsync(cancellationToken).ConfigureAwait(false);
            var report = await ReportAsync(fleet, readers, isReadable, started, cancellationToken).ConfigureAwait(false);
            isDone = true;
            return report;
        }
        finally
        {
            await CleanAsync(registries, state, provisioner, fleet, mirror, traffic, isDone && !definition.Back).ConfigureAwait(false);
        }
    }

    private DrillDevice NewDevice(string id, int number, string key)
    {
        var client = DeviceClient.Create(
            new IotHubConnectionString { HostName = primary.HostName, DeviceId = id, SharedAccessKey = key },
            new DeviceClientOptions
            {
                Transport = definition.Transport,
                Endpoint = primary.DeviceEndpoint,
                Alternates = [new HubSite(secondary.HostName) { Endpoint = secondary.DeviceEndpoint }],
                TrustedRoots = primary.Roots is null && secondary.Roots is null ? null : [.. primary.Roots ?? [], .. secondary.Roots ?? []],
                RetryFirstConnect = true,
                FirstReconnectDelay = definition.LongestRetry < s_firstRetry ? definition.LongestRetry : s_firstRetry,
                LongestReconnectDelay = definition.LongestRetry,
                TwinTimeout = definition.Timeout,
                TimeProvider = _time,
            });
        return new DrillDevice(id, number, _run, client, [primary.HostName, secondary.HostName], _time);
    }

    private Task<DrillMirror> StartMirrorAsync(HubRegistry source, HubRegistry target, DrillHub from, string folder, CancellationToken cancellationToken) =>
        DrillMirror.StartAsync(
            source, target, from.CreateEvents(_time), new MirrorOptions { Folder = folder, ConsumerGroup = definition.MirrorGroup }, cancellationToken);

    private TwinTraffic StartTraffic(HubRegistry hub, string[] devices)
    {
        var traffic = new TwinTraffic(hub.Client, devices, definition.TwinChanges, _time);
        traffic.Start();
        return traffic;
    }

    private async Task CleanAsync(
        HubRegistry[] registries, HubStates state, DeviceProvisioner provisioner, DrillFleet? fleet, DrillMirror? mirror, List<TwinTraffic> traffic, bool staysOver)
    {
        using var limit = new CancellationTokenSource(s_cleanTime, _time);

        // 1. Nothing of the drill changes a hub any more.
        foreach (var one in traffic)
        {
            await one.StopAsync(isLost: true).ConfigureAwait(false);
            one.Dispose();
        }

        if (mirror is not null)
        {
            await mirror.DisposeAsync().ConfigureAwait(false);
        }

        // 2. Which hub takes devices, first of all: real ones may be waiting.
        if (!staysOver)
        {
            await state.RestoreAsync(say, limit.Token).ConfigureAwait(false);
        }

        if (fleet is not null)
        {
            await fleet.DisposeAsync().ConfigureAwait(false);
        }

        // 3. No device of the drill.
        foreach (var registry in definition.Keep || provisioner.Created.Count == 0 ? [] : registries)
        {
            await TryAsync(
                $"delete the drill's devices in '{registry.HostName}'",
                () => DeviceProvisioner.DeleteAsync(registry.Client, provisioner.Created, limit.Token)).ConfigureAwait(false);
        }
    }

    private async Task TryAsync(string what, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e) when (e is HubException or HttpRequestException or TimeoutException or OperationCanceledException or IOException)
        {
            say($"could not {what}: {e.Message}");
        }
    }
}
