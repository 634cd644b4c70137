using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollment-groups list</c>: all enrollment groups, page by page.</summary>
internal sealed class EnrollmentGroupsListCommand : ProvisioningCommand
{
    private readonly Option<int?> _top = CommonOptions.Number("--top", 1, int.MaxValue, "At most so many.");

    public EnrollmentGroupsListCommand(CliConsole console)
        : base(console, "list", "List enrollment groups.")
    {
        Add(_top);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var all = AllAsync(
            (size, continuation) => client.QueryGroupsAsync(pageSize: size, continuation: continuation, cancellationToken: cancellationToken), call.Get(_top), cancellationToken);
        await EnrollmentView.WriteAllAsync(Console, call.Format, all);
        return ExitCodes.Ok;
    }
}
