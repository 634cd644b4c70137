using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs create import</c>: applies the lines of a blob to the registry.</summary>
internal sealed class JobsImportCommand : TransferJobCommand
{
    private readonly Option<string> _from = new("--from") { Description = $"The container with the file: {Container}.", HelpName = "URI", Required = true };
    private readonly Option<string?> _to = new("--to") { Description = "The container for importErrors.log. Default the same.", HelpName = "URI" };
    private readonly Option<string?> _blob = new("--blob") { Description = "The file. Default devices.txt.", HelpName = "NAME" };

    public JobsImportCommand(CliConsole console)
        : base(console, "import", "Create, change and delete devices and modules as the lines of a file say.")
    {
        Add(_from);
        Add(_to);
        Add(_blob);
        AddJobOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var from = await ReadUriAsync(call.Get(_from), cancellationToken);
        var code = await RunJobAsync(
            call,
            new JobProperties
            {
                Type = JobType.Import,
                InputBlobContainerUri = from,
                InputBlobName = call.Get(_blob),
                OutputBlobContainerUri = await ReadUriAsync(call.Get(_to), cancellationToken) ?? from,
            },
            cancellationToken);
        if (code == ExitCodes.Ok)
        {
            // A job that failed has written none.
            await Console.Human(call.Format).WriteLineAsync("Lines that were not applied are in importErrors.log.");
        }

        return code;
    }
}
