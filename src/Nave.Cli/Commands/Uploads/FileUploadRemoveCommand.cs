using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub file-upload remove</c>: devices cannot upload any more; their files stay.</summary>
internal sealed class FileUploadRemoveCommand : ClientCommand
{
    public FileUploadRemoveCommand(CliConsole console)
        : base(console, "remove", "End file upload; files that are there stay.") => AddHubOptions();

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        await call.Service.DeleteFileUploadAsync(cancellationToken);
        Console.WriteDeleted(call.Format, "name", "file-upload");
        return ExitCodes.Ok;
    }
}
