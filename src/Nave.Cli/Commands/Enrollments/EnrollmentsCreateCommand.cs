using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollments create</c>: lets one device in, and says its keys.</summary>
internal sealed class EnrollmentsCreateCommand : ProvisioningCommand
{
    private readonly Argument<string> _id = new("REGISTRATION") { Description = "The registration id." };
    private readonly Option<string?> _device = new("--device-id") { Description = "Its device id in the hub. Default the registration id.", HelpName = "ID" };
    private readonly EnrollmentOptions _options = new(isGroup: false);

    public EnrollmentsCreateCommand(CliConsole console)
        : base(console, "create", "Create an enrollment of one device, by symmetric keys unless told otherwise, and print its keys.")
    {
        Add(_id);
        Add(_device);
        _options.AddTo(this);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var wanted = new IndividualEnrollment
        {
            RegistrationId = call.Get(_id), DeviceId = call.Get(_device), Attestation = AttestationOptions.Default,
        };
        wanted = await _options.ApplyAsync(wanted, call, Console, cancellationToken);
        EnrollmentView.Write(Console, call.Format, await client.CreateEnrollmentAsync(wanted, cancellationToken));
        return ExitCodes.Ok;
    }
}
