using System.CommandLine;
using System.Text;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>A command that makes an import or export job.</summary>
internal abstract class TransferJobCommand(CliConsole console, string name, string description) : ClientCommand(console, name, description)
{
    /// <summary>What to say of a container in help.</summary>
    protected const string Container = "https://…/container?sv=…&sig=… or file:///folder; @FILE keeps a signature off the line";

    private readonly Option<bool> _configurations = new("--include-configurations") { Description = "Configurations too." };
    private readonly Option<string?> _configurationsBlob = new("--configurations-blob") { Description = "Their blob. Default configurations.txt.", HelpName = "NAME" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Do not wait until the job has ended." };

    /// <summary>Adds the options that both have, after the command's own.</summary>
    protected void AddJobOptions()
    {
        Add(_configurations);
        Add(_configurationsBlob);
        Add(_noWait);
        AddHubOptions();
    }

    /// <summary>Reads the URI of a container.</summary>
    protected async Task<string?> ReadUriAsync(string? text, CancellationToken cancellationToken) =>
        text is null ? null : Encoding.UTF8.GetString(await InputText.ReadAsync(text, Console, cancellationToken)).Trim();

    /// <summary>Creates the job and waits for it.</summary>
    /// <returns>The exit code: a job that failed or was cancelled fails the command.</returns>
    protected async Task<int> RunJobAsync(ClientCall call, JobProperties wanted, CancellationToken cancellationToken)
    {
        var job = await call.Service.CreateTransferJobAsync(
            wanted with { IncludeConfigurations = call.Get(_configurations), ConfigurationsBlobName = call.Get(_configurationsBlob) }, cancellationToken);
        if (!call.Get(_noWait))
        {
            var progress = new JobProgress(Console, call.Format, TimeProvider.System);
            job = await call.Service.WaitForTransferJobAsync(job.JobId!, now => progress.Report(now.Progress, WireNames.Of(now.Status)), cancellationToken); // A job that was created has an id.
            progress.End();
        }

        JobView.Write(Console, call.Format, job);
        return job.Status is JobStatus.Failed or JobStatus.Cancelled ? ExitCodes.Failure : ExitCodes.Ok;
    }
}
