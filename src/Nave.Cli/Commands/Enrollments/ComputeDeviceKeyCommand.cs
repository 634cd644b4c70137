using System.CommandLine;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave enrollment-groups compute-device-key</c>: derives a device's keys from its group's. With <c>--key</c> nobody is asked.</summary>
internal sealed class ComputeDeviceKeyCommand : Command
{
    private readonly CliConsole _console;
    private readonly Argument<string> _registration = new("REGISTRATION") { Description = "The device's registration id." };
    private readonly Option<string?> _group = new("--group") { Description = "The group, whose keys are read from the service.", HelpName = "ID" };
    private readonly Option<string?> _key = new("--key") { Description = "The group's key, in place of --group.", HelpName = "BASE64" };
    private readonly Option<OutputFormat> _output = CommonOptions.Output();
    private readonly HubOptions _hub = new();

    public ComputeDeviceKeyCommand(CliConsole console)
        : base("compute-device-key", "Derive the keys of a device from its group's.")
    {
        _console = console;
        Add(_registration);
        Add(_group);
        Add(_key);
        Add(_output);
        _hub.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var registration = parsed.GetValue(_registration)!; // One that is needed and missing was refused before.
        var (group, key) = (parsed.GetValue(_group), parsed.GetValue(_key));
        if ((group is null) == (key is null))
        {
            throw new CliException("One of --group and --key is needed.", ExitCodes.Usage);
        }

        var keys = group is null ? new SymmetricKeyAttestation { PrimaryKey = key } : await ReadAsync(parsed, group, cancellationToken);
        var (primary, secondary) = (Derive(keys.PrimaryKey, registration), Derive(keys.SecondaryKey, registration));
        _console.WriteOne(
            parsed.GetValue(_output),
            JsonLine.Of(json =>
            {
                json.WriteString("registrationId", registration);
                json.WriteString("enrollmentGroupId", group);
                json.WriteString("primaryKey", primary);
                json.WriteString("secondaryKey", secondary);
            }),
            [("registrationId", registration), ("enrollmentGroupId", group), ("primaryKey", primary), ("secondaryKey", secondary)]);
        return ExitCodes.Ok;
    }

    private async Task<SymmetricKeyAttestation> ReadAsync(ParseResult parsed, string group, CancellationToken cancellationToken)
    {
        using var client = _hub.Resolve(parsed, _console, provisioning: true).CreateProvisioning();
        var attestation = await client.GetGroupAttestationAsync(group, cancellationToken);
        return attestation.SymmetricKey ?? throw new CliException($"The devices of '{group}' do not prove themselves by keys.");
    }

    private static string? Derive(string? groupKey, string registration)
    {
        if (string.IsNullOrEmpty(groupKey))
        {
            return null;
        }

        var bytes = new byte[groupKey.Length];
        return Convert.TryFromBase64String(groupKey, bytes, out var length) && length > 0
            ? Convert.ToBase64String(SasToken.DeriveKey(bytes.AsSpan(0, length), registration))
            : throw new CliException("The group's key is not base64.", ExitCodes.Usage);
    }
}
