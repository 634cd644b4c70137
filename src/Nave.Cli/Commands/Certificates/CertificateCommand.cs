using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary>A command on the certificate authorities of a hub, or with <c>--dps</c> of device provisioning.</summary>
internal abstract class CertificateCommand(CliConsole console, string name, string description) : ClientCommand(console, name, description)
{
    /// <summary>What is shown of an authority.</summary>
    protected static readonly JsonView View = new("name", "subject", "isVerified", "notAfter", "thumbprint", "verificationCode");

    private readonly Option<bool> _dps = new("--dps") { Description = "Those of device provisioning, in place of the hub's." };

    protected override bool IsProvisioning(ParseResult parsed) => parsed.GetValue(_dps);

    protected void AddCommonOptions()
    {
        Add(_dps);
        AddHubOptions();
    }

    protected static Argument<string> NameArgument() => new("NAME") { Description = "The name under which the authority is registered." };

    protected static Argument<string> FileArgument(string description) => new("FILE") { Description = description };

    /// <summary>Reads a certificate from a file, or from stdin with <c>-</c>; a leading <c>@</c> is taken as elsewhere.</summary>
    protected async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken) =>
        await InputText.ReadAsync(file is "-" || file.StartsWith('@') ? file : "@" + file, Console, cancellationToken);
}
