using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nave.Cli.Output;
using Nave.Fleet.Recovery;

namespace Nave.Cli.Commands;

/// <summary><c>nave mirror</c>: keeps one hub's registry that of another until it is stopped or promoted.</summary>
internal sealed class MirrorCommand : HubPairCommand
{
    private readonly Option<string> _store = MirrorOptionsText.Store();
    private readonly Option<string> _group = MirrorOptionsText.ConsumerGroup();
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Overwrite devices that the target had before and that differ; else they are conflicts." };
    private readonly Option<bool> _noStandby = new("--no-standby") { Description = "Let devices connect to the target while it is a mirror." };
    private readonly Option<TimeSpan?> _compare = CommonOptions.Span("--compare-every", "How often both hubs are compared whole, for what raises no event: keys, status, scopes, configurations. Default 1m.");

    public MirrorCommand(CliConsole console)
        : base(console, "mirror", "Keep a hub's registry, twins and configurations in another hub, change by change.")
    {
        Add(new MirrorStatusCommand(console));
        Add(new MirrorPromoteCommand(console));
        Add(_store);
        Add(_group);
        Add(_overwrite);
        Add(_noStandby);
        Add(_compare);
        AddPairOptions();
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var loggers = LoggerFactory.Create(builder => Logging.Configure(builder, LogLevel.Warning, LogFormat.Text));
        using var hubs = await OpenAsync(parsed, cancellationToken);
        await using var events = hubs.From.Events.CreateClient();
        var format = FormatOf(parsed);
        var options = new MirrorOptions
        {
            Folder = parsed.GetValue(_store)!,
            ConsumerGroup = parsed.GetValue(_group)!,
            Overwrite = parsed.GetValue(_overwrite),
            Standby = !parsed.GetValue(_noStandby),
            CompareEvery = parsed.GetValue(_compare) ?? TimeSpan.FromMinutes(1),
            StatusChanged = status => Print(format, status),
            Logger = loggers.CreateLogger<HubMirror>(),
        };
        await using var mirror = await HubMirror.OpenAsync(hubs.Source, hubs.Target, events, options, cancellationToken);
        if (await mirror.RunAsync(cancellationToken) is { } promotion)
        {
            MirrorOptionsText.Print(Console, format, promotion);
        }

        return ExitCodes.Ok;
    }

    private void Print(OutputFormat format, MirrorStatus status)
    {
        if (format == OutputFormat.Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(status, RecoveryJson.Wire.MirrorStatus));
        }
        else if (format == OutputFormat.Tsv)
        {
            Console.WriteTsv([.. MirrorOptionsText.Cells(status).Select(cell => cell.Value)]);
        }
        else
        {
            var lag = status.LagEvents is { } events
                ? string.Create(CultureInfo.InvariantCulture, $"{events} events, {status.LagSeconds:0.0} s behind")
                : string.Create(CultureInfo.InvariantCulture, $"source last heard {status.LagSeconds:0} s ago");
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{status.Updated:HH:mm:ss} {status.Phase.ToString().ToLowerInvariant()}: {status.Identities} identities, {status.Written} written, {status.Deleted} deleted, {lag}"
                + $"{(status.Conflicts > 0 ? $", {status.Conflicts} conflicts" : "")}{(status.Problems > 0 ? $", {status.Problems} refused" : "")}"
                + $"{(status.Error is null ? "" : $"; {status.Error}")}"));
        }

        Console.Out.Flush();
    }
}
