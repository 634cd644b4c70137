using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollments update</c>: changes what is given, and nothing else.</summary>
internal sealed class EnrollmentsUpdateCommand : ProvisioningCommand
{
    private readonly Argument<string> _id = new("REGISTRATION") { Description = "The registration id." };
    private readonly Option<string?> _device = new("--device-id") { Description = "Its device id in the hub.", HelpName = "ID" };
    private readonly EnrollmentOptions _options = new(isGroup: false);
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public EnrollmentsUpdateCommand(CliConsole console)
        : base(console, "update", "Change an enrollment; what is not given stays as it is.")
    {
        Add(_id);
        Add(_device);
        _options.AddTo(this);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        var current = await client.GetEnrollmentAsync(id, cancellationToken) ?? throw new CliException($"There is no enrollment '{id}'.");
        var wanted = current with { RegistrationId = id, DeviceId = call.Get(_device) ?? current.DeviceId };
        wanted = await _options.ApplyAsync(wanted, call, Console, cancellationToken);

        // What was read is what is changed: somebody else's change in between is not undone.
        var updated = await client.UpdateEnrollmentAsync(wanted, call.Get(_etag) ?? current.Etag, cancellationToken);
        EnrollmentView.Write(Console, call.Format, updated with { Attestation = EnrollmentView.WithoutKeys(updated.Attestation) });
        return ExitCodes.Ok;
    }
}
