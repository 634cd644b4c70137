using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollment-groups</c>.</summary>
internal sealed class EnrollmentGroupsCommand : Command
{
    public EnrollmentGroupsCommand(CliConsole console)
        : base("enrollment-groups", "List, show and change groups of enrollments, and derive the keys of their devices.")
    {
        Add(new EnrollmentGroupsListCommand(console));
        Add(new EnrollmentGroupsShowCommand(console));
        Add(new EnrollmentGroupsCreateCommand(console));
        Add(new EnrollmentGroupsUpdateCommand(console));
        Add(new EnrollmentGroupsDeleteCommand(console));
        Add(new ComputeDeviceKeyCommand(console));
    }
}
