using System.CommandLine;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollment-groups update</c>: changes what is given, and nothing else.</summary>
internal sealed class EnrollmentGroupsUpdateCommand : ProvisioningCommand
{
    private readonly Argument<string> _id = new("GROUP") { Description = "The group's id." };
    private readonly EnrollmentOptions _options = new(isGroup: true);
    private readonly Option<string?> _etag = CommonOptions.ETag();

    public EnrollmentGroupsUpdateCommand(CliConsole console)
        : base(console, "update", "Change a group of enrollments; what is not given stays as it is.")
    {
        Add(_id);
        _options.AddTo(this);
        Add(_etag);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, ProvisioningServiceClient client, CancellationToken cancellationToken)
    {
        var id = call.Get(_id);
        var current = await client.GetGroupAsync(id, cancellationToken) ?? throw new CliException($"There is no enrollment group '{id}'.");
        var wanted = await _options.ApplyAsync(current with { EnrollmentGroupId = id }, call, Console, cancellationToken);

        // What was read is what is changed: somebody else's change in between is not undone.
        var updated = await client.UpdateGroupAsync(wanted, call.Get(_etag) ?? current.Etag, cancellationToken);
        EnrollmentView.Write(Console, call.Format, updated with { Attestation = EnrollmentView.WithoutKeys(updated.Attestation) });
        return ExitCodes.Ok;
    }
}
