using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave registrations</c>: which device was assigned to which hub.</summary>
internal sealed class RegistrationsCommand : Command
{
    public RegistrationsCommand(CliConsole console)
        : base("registrations", "List, show and delete what device provisioning has assigned.")
    {
        Add(new RegistrationsListCommand(console));
        Add(new RegistrationsShowCommand(console));
        Add(new RegistrationsDeleteCommand(console));
    }
}
