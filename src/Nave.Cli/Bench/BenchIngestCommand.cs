using System.CommandLine;
using System.Security.Cryptography;
using Nave.Cli.Output;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench ingest</c>: devices send events, QoS 1; each counts when it is acknowledged, and durable.</summary>
internal sealed class BenchIngestCommand : BenchRunCommand
{
    public BenchIngestCommand(CliConsole console)
        : base(console, "ingest", "Events from devices, acknowledged.", connections: 100, inFlight: 32) => AddHubOptions();

    protected override async Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken)
    {
        var clients = await target.CreateDevicesAsync(plan.Connections, plan.InFlight, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await ConnectAsync(clients, cancellationToken);
            var body = RandomNumberGenerator.GetBytes(plan.Size);
            var meter = new BenchMeter(target.Server);

            // A send is not cancelled: its outcome would be unknown.
            var load = LoadLoop.RunAsync(
                plan.Connections * plan.InFlight,
                plan.Rate,
                meter,
                (lane, _) => clients[lane % clients.Length].SendEventAsync(body, properties: null, CancellationToken.None),
                stop.Token);
            var report = await meter.MeasureAsync("ingest", "event", plan, cancellationToken);
            await stop.CancelAsync();
            await load;
            return report with { Size = plan.Size };
        }
        finally
        {
            await stop.CancelAsync();
            await DisconnectAsync(clients);
        }
    }
}
