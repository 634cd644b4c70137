using System.Security.Cryptography;
using Nave.Fleet.Simulation.Running;
using Nave.Fleet.Simulation.Scheduling;

namespace Nave.Fleet.Simulation;

/// <summary>Runs a fleet of simulated devices against a hub, Nave's or Azure's.</summary>
/// <param name="definition">The fleet.</param>
/// <param name="target">The hub.</param>
public sealed class FleetSimulation(SimulationDefinition definition, SimulationTarget target)
{
    // How long messages that are on their way may still take when the fleet is told to stop.
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_drainPoll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private const int DisposeParallelism = 256;

    // Handshakes at a time: more would only make each of them slow. One that takes long gives its place up.
    private const int MaxConnecting = 100;
    private static readonly TimeSpan s_longConnect = TimeSpan.FromSeconds(5);

    private TimeProvider Time => target.DeviceOptions.TimeProvider;

    /// <summary>Runs until the definition's time is over or it is told to stop, and then waits for what is on its way.</summary>
    /// <param name="eachSecond">Gets the figures of each second, one after the other.</param>
    /// <param name="cancellationToken">Stops the fleet: that is a normal end, with a result. Before devices exist, it is a cancellation.</param>
    /// <exception cref="InvalidOperationException">Devices are missing or have no keys.</exception>
    /// <exception cref="Client.HubException">The hub refused to create or to show devices.</exception>
    public async Task<SimulationResult> RunAsync(Action<SimulationFigures> eachSecond, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(eachSecond);
        var ledger = new MessageLedger("s" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)), definition.DeviceCount);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var fleet = new FleetContext
        {
            Definition = definition,
            HostName = target.HostName,
            DeviceOptions = target.DeviceOptions,
            Ledger = ledger,
            Timeline = target.Timeline,
            Stopping = stop.Token,
        };
        var devices = definition.Groups
            .SelectMany(group => Enumerable.Range(0, group.Count).Select(index => (group, index)))
            .Select((place, number) => new SimulatedDevice(place.group, place.index, number, fleet))
            .ToArray();

        // 1. The registry has them all.
        var provisioner = new DeviceProvisioner(target.Service);
        var keys = await provisioner.EnsureAsync(
            [.. devices.Select(device => new ProvisionedDevice(device.Id, device.Group.Tags))], definition.CreateMissing, cancellationToken).ConfigureAwait(false);
        foreach (var device in devices)
        {
            device.Key = keys[device.Id];
        }

        target.Starting?.Invoke(ledger);

        // 2. They connect one after the other, and each begins at once.
        await using var limit = Time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), stop, definition.For ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var scheduler = new FleetScheduler(Time);
        var seconds = ReportAsync(fleet, scheduler, eachSecond, devices.Length, stop.Token);
        var running = scheduler.RunAsync(stop.Token);
        var connecting = ConnectAsync(devices, scheduler, stop.Token);
        await running.ConfigureAwait(false);
        await connecting.ConfigureAwait(false);
        await seconds.ConfigureAwait(false);

        // 3. What is on its way may arrive.
        var elapsed = scheduler.Now;
        await DrainAsync(fleet.Counters).ConfigureAwait(false);
        var figures = fleet.Counters.TakeTotal(elapsed, devices.Length);
        await Parallel.ForEachAsync(
            devices, new ParallelOptions { MaxDegreeOfParallelism = DisposeParallelism }, async (device, _) => await device.DisposeAsync().ConfigureAwait(false))
            .ConfigureAwait(false);
        if (definition.DeleteCreated)
        {
            await provisioner.DeleteCreatedAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return new SimulationResult(figures, ledger, provisioner.Created.Count, fleet.LastProblem);
    }

    private async Task ConnectAsync(SimulatedDevice[] devices, FleetScheduler scheduler, CancellationToken cancellationToken)
    {
        var start = scheduler.Now;
        var starting = new List<Task>(devices.Length);
        using var places = new SemaphoreSlim(MaxConnecting);
        foreach (var device in devices)
        {
            var wait = start + TimeSpan.FromSeconds(starting.Count / definition.ConnectRate) - scheduler.Now;
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait, Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await places.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            starting.Add(StartAsync(device, scheduler, places, cancellationToken));
        }

        await Task.WhenAll(starting).ConfigureAwait(false);
    }

    private async Task StartAsync(SimulatedDevice device, FleetScheduler scheduler, SemaphoreSlim places, CancellationToken cancellationToken)
    {
        var start = device.StartAsync(scheduler, cancellationToken);
        await Task.WhenAny(start, Task.Delay(s_longConnect, Time, cancellationToken)).ConfigureAwait(false);
        places.Release();
        await start.ConfigureAwait(false);
    }

    private async Task ReportAsync(
        FleetContext fleet, FleetScheduler scheduler, Action<SimulationFigures> eachSecond, int devices, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_second, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                eachSecond(fleet.Counters.TakeRecent(scheduler.Now, devices));
            }
        }
        catch (OperationCanceledException)
        {
            // The run ends.
        }
    }

    private async Task DrainAsync(FleetCounters counters)
    {
        var start = Time.GetTimestamp();
        while (counters.Pending > 0 && Time.GetElapsedTime(start) < s_drainTimeout)
        {
            await Task.Delay(s_drainPoll, Time, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
