using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollment-groups delete</c>: removes enrollment groups.</summary>
internal sealed class EnrollmentGroupsDeleteCommand : ProvisioningCommand
{
    private readonly Argument<string[]> _ids = new("GROUP") { Description = "The groups' ids.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public EnrollmentGroupsDeleteCommand(CliConsole console)
        : base(console, "delete", "Delete enrollment groups; devices that they provisioned stay in their hub.")
    {
        Add(_ids);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        foreach (var id in call.Get(_ids))
        {
            await client.DeleteGroupAsync(id, call.Get(_etag), cancellationToken);
            Console.WriteDeleted(call.Format, "enrollmentGroupId", id);
        }

        return ExitCodes.Ok;
    }
}
