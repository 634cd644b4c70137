using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollment-groups create</c>: lets all devices of a key or certificate in, and says its keys.</summary>
internal sealed class EnrollmentGroupsCreateCommand : ProvisioningCommand
{
    private readonly Argument<string> _id = new("GROUP") { Description = "The group's id." };
    private readonly EnrollmentOptions _options = new(isGroup: true);

    public EnrollmentGroupsCreateCommand(CliConsole console)
        : base(console, "create", "Create a group of enrollments, by symmetric keys unless told otherwise, and print its keys.")
    {
        Add(_id);
        _options.AddTo(this);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var wanted = new EnrollmentGroup { EnrollmentGroupId = call.Get(_id), Attestation = AttestationOptions.Default };
        wanted = await _options.ApplyAsync(wanted, call, Console, cancellationToken);
        EnrollmentView.Write(Console, call.Format, await client.CreateGroupAsync(wanted, cancellationToken));
        return ExitCodes.Ok;
    }
}
