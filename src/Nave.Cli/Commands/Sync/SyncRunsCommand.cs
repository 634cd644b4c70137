using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nave.Cli.Output;
using Nave.Fleet.Sync.Hosting;
using Nave.Fleet.Sync.State;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync runs</c>: what runs did, the newest first.</summary>
internal sealed class SyncRunsCommand : SyncClientCommand
{
    private const int DefaultTop = 20;

    private readonly Argument<string?> _run = new("run") { Description = "The id of one run: shows its failures too.", HelpName = "RUN", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int?> _top = CommonOptions.Number("--top", 1, 100_000, $"At most so many. Default {DefaultTop}.");

    public SyncRunsCommand(CliConsole console)
        : base(console, "runs", "List what runs did, the newest first.")
    {
        Add(_run);
        Add(_top);
        AddSyncOptions();
    }

    protected override async Task<int> RunAsync(SyncCall call, CancellationToken cancellationToken)
    {
        await using var control = await SyncControl.OpenAsync(call.Configuration, TimeProvider.System, cancellationToken);
        if (call.Get(_run) is { } id)
        {
            var run = await control.GetRunAsync(id, cancellationToken) ?? throw new CliException($"There is no run '{id}'.");
            Console.WriteOne(call.Format, LineOf(run), [.. Rows(run), .. run.Failures.Select(failure => ($"failed {failure.Action}", (string?)$"{failure.DeviceId}: {failure.Reason}"))]);
            return ExitCodes.Ok;
        }

        var runs = await control.GetRunsAsync(call.Get(_top) ?? DefaultTop, cancellationToken);
        if (call.Format == OutputFormat.Json)
        {
            foreach (var run in runs)
            {
                await Console.Out.WriteLineAsync(LineOf(run));
            }

            return ExitCodes.Ok;
        }

        string[] columns = ["runId", "sync", "trigger", "started", "ended", "outcome", "created", "updated", "deleted", "failed", "conflict", "error"];
        Console.WriteRows(call.Format, columns, runs.Select(run => (IReadOnlyList<string?>)[.. Rows(run).Select(row => row.Value)]));
        return ExitCodes.Ok;
    }

    private static (string Name, string? Value)[] Rows(SyncRun run) =>
    [
        ("runId", run.Id),
        ("sync", run.Sync),
        ("trigger", run.Trigger),
        ("started", Time(run.Started)),
        ("ended", run.Ended is { } ended ? Time(ended) : null),
        ("outcome", SyncText.Of(run.Outcome)),
        ("created", $"{run.Created}"),
        ("updated", $"{run.Updated}"),
        ("deleted", $"{run.Deleted}"),
        ("failed", $"{run.Failed}"),
        ("conflict", $"{run.Conflicts}"),
        ("error", run.Error),
    ];

    private static string LineOf(SyncRun run) => JsonLine.Of(json =>
    {
        json.WriteString("runId", run.Id);
        json.WriteString("sync", run.Sync);
        json.WriteString("hub", run.Hub);
        json.WriteString("trigger", run.Trigger);
        json.WriteString("started", Time(run.Started));
        json.WriteString("ended", run.Ended is { } ended ? Time(ended) : null);
        json.WriteString("outcome", SyncText.Of(run.Outcome));
        json.WriteNumber("created", run.Created);
        json.WriteNumber("updated", run.Updated);
        json.WriteNumber("deleted", run.Deleted);
        json.WriteNumber("failed", run.Failed);
        json.WriteNumber("conflict", run.Conflicts);
        json.WriteString("error", run.Error);
        WriteFailures(json, run);
    });

    private static void WriteFailures(Utf8JsonWriter json, SyncRun run)
    {
        json.WriteStartArray("failures");
        foreach (var failure in run.Failures)
        {
            json.WriteStartObject();
            json.WriteString("deviceId", failure.DeviceId);
            json.WriteString("action", failure.Action);
            json.WriteString("reason", failure.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
