using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave registrations show</c>: where the registration of a device stands.</summary>
internal sealed class RegistrationsShowCommand : ProvisioningCommand
{
    private readonly Argument<string> _id = new("REGISTRATION") { Description = "The registration id." };

    public RegistrationsShowCommand(CliConsole console)
        : base(console, "show", "Show the registration of a device.")
    {
        Add(_id);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        EnrollmentView.Write(
            Console, call.Format, await client.GetRegistrationAsync(id, cancellationToken) ?? throw new CliException($"There is no registration '{id}'."));
        return ExitCodes.Ok;
    }
}
