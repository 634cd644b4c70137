using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave hub file-upload</c>: where files of devices go.</summary>
internal sealed class FileUploadCommand : Command
{
    /// <summary>What is shown of it.</summary>
    public static readonly JsonView View = new("address", "takenBy", "timeToLiveMinutes", "notifications", "maxActivePerDevice", "maxBytes");

    public FileUploadCommand(CliConsole console)
        : base("file-upload", "Show and change where files of devices go.")
    {
        Add(new FileUploadShowCommand(console));
        Add(new FileUploadSetCommand(console));
        Add(new FileUploadRemoveCommand(console));
    }
}
