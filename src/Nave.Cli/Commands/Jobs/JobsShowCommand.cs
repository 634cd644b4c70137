using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs show</c>: one job, or what became of each of its devices.</summary>
internal sealed class JobsShowCommand : ClientCommand
{
    private static readonly JsonView s_devices = new("deviceId", "moduleId", "status", "startTimeUtc", "endTimeUtc", "outcome", "error");

    private readonly Argument<string> _id = new("ID") { Description = "The job." };
    private readonly Option<bool> _devices = new("--devices") { Description = "What became of each device of a scheduled job." };

    public JobsShowCommand(CliConsole console)
        : base(console, "show", "Show a job.")
    {
        Add(_id);
        Add(_devices);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        if (call.Get(_devices))
        {
            var query = $"SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '{id.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
            await s_devices.WriteAllAsync(Console, call.Format, call.Service.QueryAsync(query, 1000, cancellationToken));
            return ExitCodes.Ok;
        }

        JobResponse scheduled;
        try
        {
            scheduled = await call.Service.GetScheduledJobAsync(id, cancellationToken);
        }
        catch (HubException e) when (e.HttpStatus == 404)
        {
            JobView.Write(Console, call.Format, await call.Service.GetTransferJobAsync(id, cancellationToken));
            return ExitCodes.Ok;
        }

        JobView.Write(Console, call.Format, scheduled);
        return ExitCodes.Ok;
    }
}
