using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs cancel</c>: ends a job before its end; what it has done stays.</summary>
internal sealed class JobsCancelCommand : ClientCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "The job." };

    public JobsCancelCommand(CliConsole console)
        : base(console, "cancel", "Cancel a job; what it has done stays.")
    {
        Add(_id);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        JobResponse scheduled;
        try
        {
            scheduled = await call.Service.CancelScheduledJobAsync(id, cancellationToken);
        }
        catch (HubException e) when (e.HttpStatus == 404)
        {
            await call.Service.CancelTransferJobAsync(id, cancellationToken);
            JobView.Write(Console, call.Format, await call.Service.GetTransferJobAsync(id, cancellationToken));
            return ExitCodes.Ok;
        }

        JobView.Write(Console, call.Format, scheduled);
        return ExitCodes.Ok;
    }
}
