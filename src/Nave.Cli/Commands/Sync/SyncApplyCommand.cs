using System.CommandLine;
using System.Text.Json;
using Nave.Cli.Output;
using Nave.Fleet.Sync.Runs;
using Nave.Fleet.Sync.State;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync apply</c>: makes a plan and the changes that are in it.</summary>
internal sealed class SyncApplyCommand : SyncClientCommand
{
    private readonly Option<bool> _adopt = SyncText.Adopt();
    private readonly Option<bool> _allowDeletes = new("--allow-deletes")
    {
        Description = "Delete more than guards.maxDeletePercent permits. A listing that is empty or incomplete never becomes deletions, also with this.",
    };

    public SyncApplyCommand(CliConsole console)
        : base(console, "apply", "Make the changes that a plan shows. One run at a time works on a hub.")
    {
        Add(_adopt);
        Add(_allowDeletes);
        AddSyncOptions();
    }

    protected override async Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken)
    {
        var runner = await call.CreateRunnerAsync(needsStore: true, cancellationToken);
        var options = new SyncApplyOptions { Adopt = call.Get(_adopt), AllowDeletes = call.Get(_allowDeletes) };
        var run = await SyncProgressBar.ShowAsync(Console, progress => runner.ApplyAsync(options, progress, cancellationToken));
        Console.WriteOne(call.Format, JsonLine.Of(json => Write(json, run)),
        [
            ("created", $"{run.Created}"),
            ("updated", $"{run.Updated}"),
            ("deleted", $"{run.Deleted}"),
            ("failed", $"{run.Failed}"),
            ("conflict", $"{run.Conflicts}"),
            ("outcome", SyncText.Of(run.Outcome)),
            ("runId", run.Id),
        ]);
        foreach (var failure in run.Failures)
        {
            await Console.Error.WriteLineAsync($"nave: {failure.DeviceId}: {failure.Action} failed. {failure.Reason}");
        }

        if (run.Failed > run.Failures.Count)
        {
            await Console.Error.WriteLineAsync($"nave: {run.Failed - run.Failures.Count} more failed.");
        }

        if (run.Error is { } error)
        {
            var hint = run.Outcome == SyncRunOutcome.Stopped && error.Contains("maxDeletePercent", StringComparison.Ordinal) ? " --allow-deletes permits it." : string.Empty;
            await Console.Error.WriteLineAsync($"nave: {error}{hint}");
        }

        return run.Outcome == SyncRunOutcome.Succeeded ? ExitCodes.Ok : ExitCodes.Failure;
    }

    private static void Write(Utf8JsonWriter json, SyncRun run)
    {
        json.WriteNumber("created", run.Created);
        json.WriteNumber("updated", run.Updated);
        json.WriteNumber("deleted", run.Deleted);
        json.WriteNumber("failed", run.Failed);
        json.WriteNumber("conflict", run.Conflicts);
        json.WriteString("outcome", SyncText.Of(run.Outcome));
        json.WriteString("runId", run.Id);
    }
}
