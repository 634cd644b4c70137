using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave registrations list</c>: the registrations of a group.</summary>
internal sealed class RegistrationsListCommand : ProvisioningCommand
{
    private readonly Argument<string> _group = new("GROUP") { Description = "The group's id. A single enrollment's registration is in 'enrollments show'." };
    private readonly Option<int?> _top = CommonOptions.Number("--top", 1, int.MaxValue, "At most so many.");

    public RegistrationsListCommand(CliConsole console)
        : base(console, "list", "List the registrations of an enrollment group.")
    {
        Add(_group);
        Add(_top);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var group = call.Get(_group);
        var all = AllAsync((size, continuation) => client.QueryRegistrationsAsync(group, size, continuation, cancellationToken), call.Get(_top), cancellationToken);
        await EnrollmentView.WriteAllAsync(Console, call.Format, all);
        return ExitCodes.Ok;
    }
}
