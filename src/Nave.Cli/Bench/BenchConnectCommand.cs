using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench connect</c>: devices connect with a fresh token and disconnect.</summary>
internal sealed class BenchConnectCommand : BenchRunCommand
{
    public BenchConnectCommand(CliConsole console)
        : base(console, "connect", "Connections of devices, from the socket to CONNACK.", connections: 1000, inFlight: 32) => AddHubOptions();

    protected override async Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken)
    {
        // Each lane has devices of its own: two connections of one would close each other.
        var devices = await target.CreateConnectionsAsync(Math.Max(plan.Connections, plan.InFlight), cancellationToken);
        var turns = new int[plan.InFlight];
        var perLane = devices.Length / plan.InFlight;
        var meter = new BenchMeter(target.Server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = LoadLoop.RunAsync(
            plan.InFlight,
            plan.Rate,
            meter,
            async (lane, _) =>
            {
                var device = devices[(lane * perLane) + (turns[lane]++ % perLane)];
                await using var client = target.CreateClient(device, maxInFlight: 1);
                await client.ConnectAsync(CancellationToken.None);
            },
            stop.Token);
        try
        {
            return await meter.MeasureAsync("connect", "connection", plan, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }
    }
}
