using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave registrations delete</c>: forgets registrations.</summary>
internal sealed class RegistrationsDeleteCommand : ProvisioningCommand
{
    private readonly Argument<string[]> _ids = new("REGISTRATION") { Description = "The registration ids.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public RegistrationsDeleteCommand(CliConsole console)
        : base(console, "delete", "Forget registrations; the devices stay in their hub.")
    {
        Add(_ids);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        foreach (var id in call.Get(_ids))
        {
            await client.DeleteRegistrationAsync(id, call.Get(_etag), cancellationToken);
            Console.WriteDeleted(call.Format, "registrationId", id);
        }

        return ExitCodes.Ok;
    }
}
