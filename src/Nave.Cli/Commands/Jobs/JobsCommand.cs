using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave jobs</c>: imports, exports, and what is scheduled for many devices.</summary>
internal sealed class JobsCommand : Command
{
    public JobsCommand(CliConsole console)
        : base("jobs", "Import and export a registry, call methods and change twins of many devices.")
    {
        Add(new JobsListCommand(console));
        Add(new JobsShowCommand(console));
        Add(new JobsCancelCommand(console));
        Add(new JobsCreateCommand(console));
    }
}
