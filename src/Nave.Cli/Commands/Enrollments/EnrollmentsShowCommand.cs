using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollments show</c>: one enrollment.</summary>
internal sealed class EnrollmentsShowCommand : ProvisioningCommand
{
    private readonly Argument<string> _id = new("REGISTRATION") { Description = "The registration id." };
    private readonly Option<bool> _keys = new("--keys") { Description = "With its keys." };

    public EnrollmentsShowCommand(CliConsole console)
        : base(console, "show", "Show one enrollment; its keys with --keys.")
    {
        Add(_id);
        Add(_keys);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        var found = await client.GetEnrollmentAsync(id, cancellationToken) ?? throw new CliException($"There is no enrollment '{id}'.");
        if (call.Get(_keys))
        {
            found = found with { Attestation = await client.GetEnrollmentAttestationAsync(id, cancellationToken) };
        }

        EnrollmentView.Write(Console, call.Format, found);
        return ExitCodes.Ok;
    }
}
