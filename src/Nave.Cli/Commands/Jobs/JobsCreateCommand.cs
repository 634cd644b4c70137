using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs create</c>: one command for each kind of job.</summary>
internal sealed class JobsCreateCommand : Command
{
    public JobsCreateCommand(CliConsole console)
        : base("create", "Create a job, and wait until it has ended.")
    {
        Add(new JobsImportCommand(console));
        Add(new JobsExportCommand(console));
        Add(new JobsMethodCommand(console));
        Add(new JobsTwinCommand(console));
    }
}
