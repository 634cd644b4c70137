using System.Globalization;
using Nave.Cli.Commands;
using Nave.Cli.Output;
using Nave.Fleet.Simulation;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Nave.Cli.Fleets;

/// <summary>Shows a running fleet: a live view on a terminal, a line a second elsewhere.</summary>
internal sealed class FleetView(CliConsole console, OutputFormat format, EventWatch? watch, OutageView? outages = null)
{
    /// <summary>Runs a simulation and shows it.</summary>
    /// <param name="simulation">The simulation.</param>
    /// <param name="duration">How long it will run, for the progress; <see langword="null"/> = unknown.</param>
    /// <param name="eachSecond">Gets the figures too.</param>
    /// <param name="cancellationToken">Stops the simulation.</param>
    public async Task<SimulationResult> RunAsync(
        FleetSimulation simulation, TimeSpan? duration, Action<SimulationFigures>? eachSecond, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = watch?.RunAsync(end.Token) ?? Task.CompletedTask;
        try
        {
            return console.IsTerminal && format == OutputFormat.Table && outages is null
                ? await RunLiveAsync(console.Terminal(), simulation, duration, cancellationToken)
                : await simulation.RunAsync(figures => ShowLine(figures, duration, eachSecond), cancellationToken);
        }
        finally
        {
            await end.CancelAsync();
            await watching;
        }
    }

    private void ShowLine(SimulationFigures figures, TimeSpan? duration, Action<SimulationFigures>? eachSecond)
    {
        eachSecond?.Invoke(figures);
        outages?.ShowChanges();
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{Progress(figures, duration),-9} {figures.Connected}/{figures.Devices} connected  {figures.Sent} sent  {figures.Acknowledged} acknowledged  {figures.PerSecond:0.#}/s  p50 {figures.P50Ms:0.0} ms  p99 {figures.P99Ms:0.0} ms");
        if (figures.Failed > 0)
        {
            line += string.Create(CultureInfo.InvariantCulture, $"  {figures.Failed} failed");
        }

        console.Human(format).WriteLine(line);
        if (watch?.Take() is [.., var last])
        {
            console.Human(format).WriteLine($"          {EventText.LineOf(last)}");
        }

        console.Human(format).Flush();
        console.Out.Flush();
    }

    private Task<SimulationResult> RunLiveAsync(
        IAnsiConsole terminal, FleetSimulation simulation, TimeSpan? duration, CancellationToken cancellationToken) =>
        terminal.Live(new Text("The fleet connects …")).StartAsync(live => simulation.RunAsync(
            figures =>
            {
                live.UpdateTarget(Render(figures, duration, terminal.Profile.Width));
                live.Refresh();
            },
            cancellationToken));

    private Rows Render(SimulationFigures figures, TimeSpan? duration, int width)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("time", "connected", "sent", "acknowledged", "failed", "msg/s", "p50 ms", "p99 ms");
        table.AddRow(
            Progress(figures, duration),
            $"{figures.Connected}/{figures.Devices}",
            $"{figures.Sent}",
            $"{figures.Acknowledged}",
            $"{figures.Failed}",
            figures.PerSecond.ToString("0.#", CultureInfo.InvariantCulture),
            figures.P50Ms.ToString("0.0", CultureInfo.InvariantCulture),
            figures.P99Ms.ToString("0.0", CultureInfo.InvariantCulture));
        IEnumerable<IRenderable> events = (watch?.Take() ?? []).Select(line => new Text(Cut(EventText.LineOf(line), width)));
        return new Rows([table, .. events]);
    }

    // A line that wraps would make the view jump.
    private static string Cut(string line, int width) => line.Length < width ? line : string.Concat(line.AsSpan(0, Math.Max(width - 2, 0)), "…");

    private static string Progress(SimulationFigures figures, TimeSpan? duration) => duration is { } whole
        ? string.Create(CultureInfo.InvariantCulture, $"{figures.Seconds:0}/{whole.TotalSeconds:0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{figures.Seconds:0} s");
}
