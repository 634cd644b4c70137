using System.Globalization;
using Nave.Crash.Tests.Checking;
using Nave.Crash.Tests.Drivers;
using Nave.Crash.Tests.History;
using Nave.Crash.Tests.Hosting;
using Nave.Crash.Tests.Load;

namespace Nave.Crash.Tests;

/// <summary>A hub that is killed and started again on one data folder while clients work, and what came of it.</summary>
internal sealed class CrashRun : IAsyncDisposable
{
    private const int MinLifeMilliseconds = 50;
    private const int MaxLifeMilliseconds = 2500;
    private const int MaxFirstKills = 3;
    private const int FirstStartMilliseconds = 1000;
    private const double KilledWhileStarting = 0.2;
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(90);

    private readonly Random _random;
    private readonly string _folder = Directory.CreateTempSubdirectory("nave-crash-").FullName;
    private readonly HubPorts _ports = HubPorts.Choose();
    private readonly HubSwitch _switch = new();
    private readonly EventWitness _witness = new();
    private readonly Fleet _fleet;
    private HubProcess? _process;
    private HubLife? _life;
    private int _lives;

    public CrashRun(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
        _fleet = new Fleet(new LoadContext(seed, _switch, History), _witness);
    }

    public int Seed { get; }

    /// <summary>Gets what clients did and saw.</summary>
    public RunHistory History { get; } = new();

    /// <summary>Gets the data folder: it stays when something is broken.</summary>
    public string Folder => _folder;

    /// <summary>Gets how long each start took until the hub was ready, the first (which makes the data folder) left out.</summary>
    public List<TimeSpan> Recoveries { get; } = [];

    /// <summary>Gets how far those who follow the events have come, all partitions together.</summary>
    public long SeenEvents => Enumerable.Range(0, Fleet.Partitions).Sum(_witness.NextOf);

    /// <summary>Gets how many events were read back.</summary>
    public int StoredEvents { get; private set; }

    /// <summary>Gets how long each SIGTERM took to end the hub.</summary>
    public List<TimeSpan> Stops { get; } = [];

    /// <summary>Starts the hub for the first time, registers the devices and starts the load.</summary>
    /// <param name="kills">How many kills may be spent on a hub that makes its data folder.</param>
    /// <returns>How many kills it took.</returns>
    public async Task<int> BeginAsync(int kills = 0)
    {
        var left = _random.Next(Math.Min(kills, MaxFirstKills) + 1);
        for (var kill = 0; kill < left; kill++)
        {
            await KillWhileStartingAsync(_random.Next(FirstStartMilliseconds));
        }

        await StartHubAsync();
        await _fleet.RegisterAsync(_life!);
        _fleet.Start();
        _switch.Raise(_life!);
        return left;
    }

    /// <summary>Lets the clients work for a while.</summary>
    public Task WorkAsync() => WorkAsync(_random.Next(MinLifeMilliseconds, MaxLifeMilliseconds));

    /// <summary>Lets the clients work.</summary>
    public static Task WorkAsync(int milliseconds) =>
        Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, CancellationToken.None);

    /// <summary>Kills the hub.</summary>
    public async Task KillAsync()
    {
        await _process!.KillAsync();
        Down();
    }

    /// <summary>Asks the hub to stop.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        Stops.Add(await _process!.TerminateAsync(s_startTimeout));
        var code = _process.ExitCode;
        Down();
        return code;
    }

    /// <summary>Starts the hub again; sometimes it is killed before it is ready, and started once more.</summary>
    /// <param name="killsLeft">How many kills may be spent on that.</param>
    /// <returns>How many kills it took.</returns>
    public async Task<int> RestartAsync(int killsLeft)
    {
        var kills = 0;
        while (kills < killsLeft && _random.NextDouble() < KilledWhileStarting)
        {
            // Of a start, the runtime's own takes a part: up to twice the fastest recovery reaches beyond ready.
            var longest = Recoveries.Count == 0 ? 1000 : 1.5 * Recoveries.Min().TotalMilliseconds;
            await KillWhileStartingAsync(_random.Next((int)longest));
            kills++;
        }

        await StartHubAsync();
        Recoveries.Add(_process!.ReadyAfter);
        _switch.Raise(_life!);
        return kills;
    }

    /// <summary>Ends the load with the hub there, reads everything back and checks it.</summary>
    public async Task<IReadOnlyList<Violation>> FinishAsync()
    {
        await _fleet.StopAsync(s_stopTimeout);
        var stored = await new Reader(_life!, History, _witness).ReadAsync(_fleet.Queues);
        StoredEvents = stored.Events.Count;
        return Checker.Check(History, _witness, stored);
    }

    /// <summary>Deletes the data folder: nothing is broken.</summary>
    public void Forget()
    {
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Says what was done, in one line.</summary>
    public override string ToString()
    {
        var acknowledged = History.Telemetry.Sum(device => device.Sent.Count(sent => sent.Acknowledged)) + History.Clients.Sum(c => c.Acknowledged.Count(a => a));
        var recoveries = Recoveries.Order().Select(time => time.TotalMilliseconds).ToArray();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seed {Seed}: {acknowledged} events acknowledged, {StoredEvents} stored; twin writes {Count(History.TwinWrites, w => w.Outcome)}, "
            + $"median {MedianMilliseconds(History.TwinWrites.Where(w => w.Outcome == Outcome.Acknowledged).Select(w => w.Time)):F1} ms; registry steps {Count(History.Registry, s => s.Outcome)}; messages {Count(History.Commands, c => c.Outcome)}, {History.Receipts.Count} deliveries; "
            + $"methods {Count(History.Methods, m => m.Outcome)}; ready after min {recoveries.FirstOrDefault():F0}, median "
            + $"{recoveries.ElementAtOrDefault(recoveries.Length / 2):F0}, max {recoveries.LastOrDefault():F0} ms")
            + string.Concat(Stops.Select(time => string.Create(CultureInfo.InvariantCulture, $"; stopped in {time.TotalMilliseconds:F0} ms")));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process?.Dispose();
        _life?.Http.Dispose();
        _fleet.Dispose();
        await ValueTask.CompletedTask;
    }

    private static double MedianMilliseconds(IEnumerable<Period> times)
    {
        var sorted = times.Select(time => time.Length.TotalMilliseconds).Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }

    private static string Count<T>(IEnumerable<T> items, Func<T, Outcome> outcomeOf)
    {
        var counts = items.CountBy(outcomeOf).ToDictionary();
        return $"{counts.GetValueOrDefault(Outcome.Acknowledged)} acknowledged/{counts.GetValueOrDefault(Outcome.Refused)} refused/{counts.GetValueOrDefault(Outcome.Unknown)} unknown";
    }

    private async Task KillWhileStartingAsync(int afterMilliseconds)
    {
        using var process = HubProcess.Start(_folder, _ports);
        await WorkAsync(afterMilliseconds);
        if (process.HasExited)
        {
            throw new InvalidOperationException($"The hub ended by itself while it started. It said: {process.Errors}");
        }

        await process.KillAsync();
    }

    private async Task StartHubAsync()
    {
        _process = HubProcess.Start(_folder, _ports);
        var address = await _process.WaitReadyAsync(s_startTimeout);
        _life = new HubLife(++_lives, address, new HubHttp(address));
    }

    private void Down()
    {
        _switch.Lower();
        _life!.Http.Dispose();
        _process!.Dispose();
    }
}
