using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs create export</c>: writes the registry with its twins to a blob.</summary>
internal sealed class JobsExportCommand : TransferJobCommand
{
    private readonly Option<string> _to = new("--to") { Description = $"The container: {Container}.", HelpName = "URI", Required = true };
    private readonly Option<string?> _blob = new("--blob") { Description = "The file. Default devices.txt.", HelpName = "NAME" };
    private readonly Option<bool> _excludeKeys = new("--exclude-keys") { Description = "Leave the keys out: an import makes new ones." };

    public JobsExportCommand(CliConsole console)
        : base(console, "export", "Write all devices and modules with their twins to a file.")
    {
        Add(_to);
        Add(_blob);
        Add(_excludeKeys);
        AddJobOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken) => await RunJobAsync(
        call,
        new JobProperties
        {
            Type = JobType.Export,
            OutputBlobContainerUri = await ReadUriAsync(call.Get(_to), cancellationToken),
            OutputBlobName = call.Get(_blob),
            ExcludeKeysInExport = call.Get(_excludeKeys),
        },
        cancellationToken);
}
