using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollments delete</c>: removes enrollments.</summary>
internal sealed class EnrollmentsDeleteCommand : ProvisioningCommand
{
    private readonly Argument<string[]> _ids = new("REGISTRATION") { Description = "The registration ids.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public EnrollmentsDeleteCommand(CliConsole console)
        : base(console, "delete", "Delete enrollments; devices that they provisioned stay in their hub.")
    {
        Add(_ids);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        foreach (var id in call.Get(_ids))
        {
            await client.DeleteEnrollmentAsync(id, call.Get(_etag), cancellationToken);
            Console.WriteDeleted(call.Format, "registrationId", id);
        }

        return ExitCodes.Ok;
    }
}
