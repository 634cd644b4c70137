using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollments list</c>: all enrollments, page by page.</summary>
internal sealed class EnrollmentsListCommand : ProvisioningCommand
{
    private readonly Option<int?> _top = CommonOptions.Number("--top", 1, int.MaxValue, "At most so many.");

    public EnrollmentsListCommand(CliConsole console)
        : base(console, "list", "List enrollments.")
    {
        Add(_top);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var all = AllAsync(
            (size, continuation) => client.QueryEnrollmentsAsync(pageSize: size, continuation: continuation, cancellationToken: cancellationToken), call.Get(_top), cancellationToken);
        await EnrollmentView.WriteAllAsync(Console, call.Format, all);
        return ExitCodes.Ok;
    }
}
