using System.CommandLine;
using System.Text.Json;
using Nave.Cli.Output;
using Nave.Fleet.Replication.Verification;

namespace Nave.Cli.Commands;

/// <summary><c>nave replicate verify</c>: compares hub and target, and repairs what differs.</summary>
internal sealed class ReplicateVerifyCommand : ReplicateClientCommand
{
    // Beyond these, the numbers say enough.
    private const int MaxShown = 1_000;

    private readonly Option<bool> _repair = new("--repair") { Description = "Write what differs as the hub has it." };
    private readonly Option<TimeSpan?> _settle = CommonOptions.Span("--settle", "How long a difference has to last before it counts, while replication runs. Default 2s.");

    public ReplicateVerifyCommand(CliConsole console)
        : base(console, "verify", "Compare all twins of the hub with the target. Exit code 1 if any differ and are not repaired.")
    {
        Add(_repair);
        Add(_settle);
        AddReplicateOptions();
    }

    protected override async Task<int> RunAsync(ReplicateCall call, CancellationToken cancellationToken)
    {
        await call.Sink.OpenAsync(cancellationToken);
        var differences = new List<TwinDifference>();
        var result = await new Verifier(call.Hub, call.Sink, call.Definition.Options.KeepHistory, TimeProvider.System).RunAsync(
            new VerifyOptions { Repair = call.Get(_repair), Settle = call.Get(_settle) ?? new VerifyOptions().Settle },
            difference =>
            {
                if (differences.Count < MaxShown)
                {
                    differences.Add(difference);
                }
            },
            cancellationToken);
        if (call.Format == OutputFormat.Json)
        {
            var report = new ReplicateVerifyReport(
                result.Compared, result.Equal, result.Missing, result.Different, result.Extra, result.Repaired,
                [.. differences.Select(each => new ReplicateDifference(each.Key.ToString(), Word(each.Kind), each.Reasons, each.IsRepaired))]);
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(report, ReplicateJson.Default.ReplicateVerifyReport));
        }
        else
        {
            Console.WriteRows(
                call.Format,
                ["id", "difference", "repaired", "reasons"],
                differences.Select(each => (IReadOnlyList<string?>)[each.Key.ToString(), Word(each.Kind), each.IsRepaired ? "yes" : "no", string.Join("; ", each.Reasons)]));
        }

        await Console.Error.WriteLineAsync(
            $"nave: {result.Compared} twins compared; {result.Missing} missing, {result.Different} different, {result.Extra} extra in the target; {result.Repaired} repaired.");
        return result.Left == 0 ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static string Word(TwinDifferenceKind kind) => kind switch
    {
        TwinDifferenceKind.Missing => "missing",
        TwinDifferenceKind.Extra => "extra",
        _ => "different",
    };
}
