using System.Collections.Concurrent;
using System.CommandLine;
using System.Security.Cryptography;
using Nave.Api;
using Nave.Cli.Commands;
using Nave.Cli.Output;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench registry</c>: devices are created over HTTPS, in bulk or one a call; each counts when it is durable.</summary>
internal sealed class BenchRegistryCommand : BenchRunCommand
{
    private const int KeyBytes = 32;
    private const int DefaultBatch = 100;

    private readonly Option<int?> _batch =
        CommonOptions.Number("--batch", 1, DefaultBatch, $"Devices a call; 1 = a call of its own for each. Default {DefaultBatch}, the most there can be.");

    public BenchRegistryCommand(CliConsole console)
        : base(console, "registry", "Devices created in bulk (or one a call with --batch 1), durable.", connections: 8, inFlight: 8)
    {
        Add(_batch);
        AddHubOptions();
    }

    protected override async Task<BenchReport> RunAsync(ParseResult parsed, BenchTarget target, BenchPlan plan, CancellationToken cancellationToken)
    {
        var batch = parsed.GetValue(_batch) ?? DefaultBatch;
        var made = new ConcurrentBag<string>();
        var turns = new int[plan.InFlight];
        var meter = new BenchMeter(target.Server) { Weight = batch };
        var prefix = $"bench-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = LoadLoop.RunAsync(
            plan.InFlight,
            plan.Rate / batch,
            meter,
            async (lane, _) =>
            {
                var lines = MakeLines($"{prefix}-{lane:00}-{turns[lane]++:000000}", batch);
                foreach (var line in lines)
                {
                    made.Add(line.Id!);
                }

                await CreateAsync(target, lines);
            },
            stop.Token);
        try
        {
            return await meter.MeasureAsync("registry", batch == 1 ? "single create" : "create", plan, cancellationToken) with { Batch = batch };
        }
        finally
        {
            await stop.CancelAsync();
            await load;
            await target.DeleteUnlessOwnAsync(made);
        }
    }

    private static async Task CreateAsync(BenchTarget target, ExportImportDevice[] lines)
    {
        if (lines.Length == 1)
        {
            await target.Service.CreateDeviceAsync(lines[0].ToIdentity(), CancellationToken.None);
            return;
        }

        var result = await target.Service.BulkAsync(lines, CancellationToken.None);
        if (!result.IsSuccessful)
        {
            throw new CliException($"{result.Errors.Count} of {lines.Length} devices were not created; the first: {result.Errors[0].ErrorStatus}");
        }
    }

    private static ExportImportDevice[] MakeLines(string prefix, int count)
    {
        var keys = RandomNumberGenerator.GetBytes(count * 2 * KeyBytes);
        var lines = new ExportImportDevice[count];
        for (var i = 0; i < count; i++)
        {
            lines[i] = new ExportImportDevice
            {
                Id = $"{prefix}-{i:00}",
                ImportMode = ImportMode.Create,
                Authentication = new DeviceAuthentication
                {
                    Type = AuthenticationType.Sas,
                    SymmetricKey = new SymmetricKeys { PrimaryKey = KeyAt(2 * i), SecondaryKey = KeyAt((2 * i) + 1) },
                },
            };
        }

        return lines;

        string KeyAt(int index) => Convert.ToBase64String(keys, index * KeyBytes, KeyBytes);
    }
}
