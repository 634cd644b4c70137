using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs create twin</c>: changes the twin of every device that meets a condition.</summary>
internal sealed class JobsTwinCommand : ScheduledJobCommand
{
    private readonly Argument<string?> _patch = new("PATCH")
    {
        Description = $"Such as {{\"tags\":{{…}},\"properties\":{{\"desired\":{{…}}}}}}: {InputText.Help}.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public JobsTwinCommand(CliConsole console)
        : base(console, "twin", "Merge tags and desired properties into the twins of many devices.")
    {
        Add(_patch);
        AddJobOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken) => await RunJobAsync(
        call,
        new JobRequest { Type = JobType.ScheduleUpdateTwin, UpdateTwin = WithEtag(await InputText.ReadJsonAsync(call.Get(_patch), "PATCH", Console, cancellationToken)) },
        cancellationToken);

    // Azure's service wants one.
    private static RawJson WithEtag(RawJson patch)
    {
        using var document = patch.ToDocument();
        if (document.RootElement.ValueKind != System.Text.Json.JsonValueKind.Object || document.RootElement.TryGetProperty("etag", out _))
        {
            return patch;
        }

        return RawJson.Parse(JsonLine.Of(json =>
        {
            json.WriteString("etag", "*");
            foreach (var member in document.RootElement.EnumerateObject())
            {
                member.WriteTo(json);
            }
        }));
    }
}
