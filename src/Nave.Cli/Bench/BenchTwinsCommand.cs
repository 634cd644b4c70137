using System.CommandLine;
using System.Globalization;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench twins</c>: devices report properties; each counts when it is accepted, and durable.</summary>
internal sealed class BenchTwinsCommand : BenchRunCommand
{
    public BenchTwinsCommand(CliConsole console)
        : base(console, "twins", "Reported properties from devices, accepted.", connections: 100, inFlight: 4) => AddHubOptions();

    protected override async Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken)
    {
        var clients = await target.CreateDevicesAsync(plan.Connections, plan.InFlight, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await ConnectAsync(clients, cancellationToken);
            var meter = new BenchMeter(target.Server);
            var number = 0L;
            var load = LoadLoop.RunAsync(
                plan.Connections * plan.InFlight,
                plan.Rate,
                meter,
                async (lane, _) =>
                {
                    var patch = string.Create(CultureInfo.InvariantCulture, $"{{\"temperature\":{Interlocked.Increment(ref number)},\"lane\":{lane}}}");
                    await clients[lane % clients.Length].PatchReportedAsync(RawJson.Parse(patch), baseVersion: null, CancellationToken.None);
                },
                stop.Token);
            var report = await meter.MeasureAsync("twins", "patch", plan, cancellationToken);
            await stop.CancelAsync();
            await load;
            return report;
        }
        finally
        {
            await stop.CancelAsync();
            await DisconnectAsync(clients);
        }
    }
}
