using System.CommandLine;
using Nave.Api;

namespace Nave.Cli.Commands;

/// <summary>How a device is to prove itself: options of <c>devices create</c> and <c>devices update</c>.</summary>
internal sealed class AuthenticationOptions
{
    private readonly Option<AuthenticationType> _type = CommonOptions.Choice(
        "--auth", AuthenticationType.Sas, "How it proves itself: by keys (sas, the default), by a certificate's thumbprint (selfSigned) or by an authority.");

    private readonly Option<string?> _primaryKey = new("--primary-key") { Description = "Its first key. Default: the hub makes one.", HelpName = "BASE64" };
    private readonly Option<string?> _secondaryKey = new("--secondary-key") { Description = "Its second key. Default: the hub makes one.", HelpName = "BASE64" };
    private readonly Option<string?> _primaryThumbprint = new("--thumbprint") { Description = "SHA-1 or SHA-256 of its certificate.", HelpName = "HEX" };
    private readonly Option<string?> _secondaryThumbprint = new("--secondary-thumbprint") { Description = "Of its next certificate.", HelpName = "HEX" };

    public void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[_type, _primaryKey, _secondaryKey, _primaryThumbprint, _secondaryThumbprint])
        {
            command.Add(option);
        }
    }

    /// <summary>Reads what was asked for; <see langword="null"/> if nothing was.</summary>
    /// <exception cref="CliException">The options contradict each other or are malformed.</exception>
    public DeviceAuthentication? Read(ClientCall call)
    {
        var (primary, secondary) = (call.Get(_primaryKey), call.Get(_secondaryKey));
        var (thumbprint, second) = (call.Get(_primaryThumbprint), call.Get(_secondaryThumbprint));
        if (!call.Has(_type) && primary is null && secondary is null && thumbprint is null && second is null)
        {
            return null;
        }

        var type = call.Has(_type) ? call.Get(_type) : thumbprint is null && second is null ? AuthenticationType.Sas : AuthenticationType.SelfSigned;
        if ((primary is null) != (secondary is null))
        {
            throw new CliException("--primary-key and --secondary-key go together: give both, or none.", ExitCodes.Usage);
        }

        if (type == AuthenticationType.SelfSigned && thumbprint is null)
        {
            throw new CliException("--auth selfSigned needs --thumbprint.", ExitCodes.Usage);
        }

        return new DeviceAuthentication
        {
            Type = type,
            SymmetricKey = primary is null ? null : new SymmetricKeys { PrimaryKey = primary, SecondaryKey = secondary },
            X509Thumbprint = thumbprint is null ? null : new X509Thumbprints { PrimaryThumbprint = thumbprint, SecondaryThumbprint = second },
        };
    }
}
