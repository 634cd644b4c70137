using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollments</c>.</summary>
internal sealed class EnrollmentsCommand : Command
{
    public EnrollmentsCommand(CliConsole console)
        : base("enrollments", "List, show and change the enrollments of single devices.")
    {
        Add(new EnrollmentsListCommand(console));
        Add(new EnrollmentsShowCommand(console));
        Add(new EnrollmentsCreateCommand(console));
        Add(new EnrollmentsUpdateCommand(console));
        Add(new EnrollmentsDeleteCommand(console));
    }
}
