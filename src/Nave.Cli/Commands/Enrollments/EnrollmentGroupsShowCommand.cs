using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollment-groups show</c>: one enrollment group.</summary>
internal sealed class EnrollmentGroupsShowCommand : ProvisioningCommand
{
    private readonly Argument<string> _id = new("GROUP") { Description = "The group's id." };
    private readonly Option<bool> _keys = new("--keys") { Description = "With its keys." };

    public EnrollmentGroupsShowCommand(CliConsole console)
        : base(console, "show", "Show one enrollment group; its keys with --keys.")
    {
        Add(_id);
        Add(_keys);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        var found = await client.GetGroupAsync(id, cancellationToken) ?? throw new CliException($"There is no enrollment group '{id}'.");
        if (call.Get(_keys))
        {
            found = found with { Attestation = await client.GetGroupAttestationAsync(id, cancellationToken) };
        }

        EnrollmentView.Write(Console, call.Format, found);
        return ExitCodes.Ok;
    }
}
