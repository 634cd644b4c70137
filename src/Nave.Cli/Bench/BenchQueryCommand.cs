using System.CommandLine;
using System.Globalization;
using Nave.Api;
using Nave.Cli.Commands;
using Nave.Cli.Output;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench query</c>: twin queries that an index answers, over a registry of many devices.</summary>
internal sealed class BenchQueryCommand : BenchRunCommand
{
    private const int TwinsPerSite = 100;

    private readonly Option<int?> _devices = CommonOptions.Number("--devices", TwinsPerSite, 1_000_000, "Devices to query. Default 100,000.");

    public BenchQueryCommand(CliConsole console)
        : base(console, "query", $"Queries for the {TwinsPerSite} twins that have a tag, among many.", connections: 1, inFlight: 1)
    {
        Add(_devices);
        AddHubOptions();
    }

    protected override async Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken)
    {
        var sites = (parsed.GetValue(_devices) ?? 100_000) / TwinsPerSite;
        await target.CreateDevicesAsync(
            sites * TwinsPerSite,
            i => RawJson.Parse(string.Create(CultureInfo.InvariantCulture, $"{{\"site\":\"site-{i % sites}\",\"floor\":{i % 7}}}")),
            cancellationToken);
        var meter = new BenchMeter(target.Server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = LoadLoop.RunAsync(
            plan.InFlight,
            plan.Rate,
            meter,
            async (_, _) =>
            {
                var query = string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM devices WHERE tags.site = 'site-{Random.Shared.Next(sites)}'");
                var page = await target.Service.QueryPageAsync(query, TwinsPerSite, continuation: null, CancellationToken.None);
                if (page.Items.Count != TwinsPerSite)
                {
                    throw new CliException($"A query gave {page.Items.Count} twins, not {TwinsPerSite}.");
                }
            },
            stop.Token);
        try
        {
            return await meter.MeasureAsync("query", "query", plan, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }
    }
}
