using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub file-upload show</c>: where files go, without secrets.</summary>
internal sealed class FileUploadShowCommand : ClientCommand
{
    public FileUploadShowCommand(CliConsole console)
        : base(console, "show", "Show where files of devices go.") => AddHubOptions();

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        FileUploadCommand.View.WriteOne(Console, call.Format, await call.Service.GetFileUploadAsync(cancellationToken));
        return ExitCodes.Ok;
    }
}
