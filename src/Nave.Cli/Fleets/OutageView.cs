using System.Globalization;
using System.Text.Json;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Fleets;

/// <summary>Watches a fleet for outages: reads the events of its hubs meanwhile, says what happens as it does, and lists all in the end.</summary>
internal sealed class OutageView(CliConsole console, OutputFormat format, IReadOnlyList<HubTarget> hubs, TimeSpan interval) : IDisposable
{
    private const int LinesASecond = 20;
    private static readonly TimeSpan s_leastSilence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;

    public OutageTimeline Timeline { get; } = new();

    /// <summary>Begins to read.</summary>
    public void Start(MessageLedger ledger)
    {
        // Devices may be late by as much as their jitter.
        var silence = interval * 2 > s_leastSilence ? interval * 2 : s_leastSilence;
        var reader = new OutageReader(Timeline, silence, ledger.IsOfRun, TimeProvider.System);
        _reading = Task.WhenAll(hubs.Select(async hub =>
        {
            await using var client = EventsClient.Create(
                hub.Connection,
                new AmqpClientOptions { Endpoint = hub.AmqpEndpoint, TrustedRoots = hub.Roots, RetryFirstConnect = true, LongestReconnectDelay = s_longestRetry });
            await reader.RunAsync(hub.Connection.HostName, client, new EventReadOptions(), _stop.Token);
        }));
    }

    /// <summary>Says what changed since the last time.</summary>
    public void ShowChanges()
    {
        var changes = Timeline.TakeChanges();
        foreach (var outage in changes.Take(LinesASecond))
        {
            console.Human(format).WriteLine(OutageLine.TextOf(outage));
        }

        if (changes.Count > LinesASecond)
        {
            var rest = changes.Skip(LinesASecond).ToLookup(outage => outage.Resumed is null);
            console.Human(format).WriteLine(string.Create(CultureInfo.InvariantCulture, $"… and {rest[true].Count()} more stopped, {rest[false].Count()} more resumed"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <summary>Ends the reading, and lists all outages.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        foreach (var outage in Timeline.Outages)
        {
            console.Out.WriteLine(format == OutputFormat.Json
                ? JsonSerializer.Serialize(OutageLine.Of(outage), CliJson.Line.OutageLine)
                : OutageLine.TextOf(outage));
        }

        if (Timeline.Forgotten > 0)
        {
            await console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Timeline.Forgotten} outages more are not listed."));
        }
    }
}
