using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Recovery;

namespace Nave.Cli.Commands;

/// <summary>What the commands about a mirror share: options, and how results read.</summary>
internal static class MirrorOptionsText
{
    public static Option<string> Store() => new("--store")
    {
        Description = "The folder of what the mirror must not forget, one for each pair of hubs. Default .nave-mirror.",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".nave-mirror",
    };

    public static Option<string> ConsumerGroup() => new("--consumer-group")
    {
        Description = "A consumer group of the source's event stream for the mirror alone. Default $Default.",
        HelpName = "NAME",
        DefaultValueFactory = _ => EventReadOptions.DefaultConsumerGroup,
    };

    public static IReadOnlyList<(string Name, string? Value)> Cells(MirrorStatus status) =>
    [
        ("source", status.Source),
        ("target", status.Target),
        ("phase", status.Phase.ToString().ToLowerInvariant()),
        ("identities", Text(status.Identities)),
        ("configurations", Text(status.Configurations)),
        ("written", Text(status.Written)),
        ("deleted", Text(status.Deleted)),
        ("lagEvents", status.LagEvents is { } events ? Text(events) : null),
        ("lagSeconds", status.LagSeconds.ToString("0.0", CultureInfo.InvariantCulture)),
        ("conflicts", Text(status.Conflicts)),
        ("problems", Text(status.Problems)),
        ("error", status.Error),
        ("compared", status.Compared?.ToString("u", CultureInfo.InvariantCulture)),
        ("updated", status.Updated.ToString("u", CultureInfo.InvariantCulture)),
    ];

    public static void Print(CliConsole console, OutputFormat format, MirrorPromotion promotion)
    {
        console.WriteOne(
            format,
            JsonSerializer.Serialize(promotion, RecoveryJson.Wire.MirrorPromotion),
            [
                ("active", promotion.Target),
                ("before", promotion.Source),
                ("promoted", promotion.Promoted.ToString("u", CultureInfo.InvariantCulture)),
                ("sourceFenced", promotion.SourceFenced ? "true" : "false"),
                ("drained", promotion.Drained ? "true" : "false"),
                ("lagEvents", promotion.LagEvents is { } events ? Text(events) : null),
                ("lagSeconds", promotion.LagSeconds.ToString("0.0", CultureInfo.InvariantCulture)),
                ("seconds", promotion.Seconds.ToString("0.00", CultureInfo.InvariantCulture)),
            ]);
        if (!promotion.SourceFenced)
        {
            console.Error.WriteLine(
                $"'{promotion.Source}' could not be made to stand by. Before it comes back: nave hub standby on (or keep devices away from it), then nave merge.");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
