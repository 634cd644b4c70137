using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave certificates verify</c>: proves that one holds an authority's key.</summary>
internal sealed class CertificatesVerifyCommand : CertificateCommand
{
    private readonly Argument<string> _name = NameArgument();
    private readonly Argument<string> _file = FileArgument("A certificate that the authority signed, its common name the verification code: PEM or DER, '-' for stdin.");

    public CertificatesVerifyCommand(CliConsole console)
        : base(console, "verify", "Prove that you hold an authority's key.")
    {
        Add(_name);
        Add(_file);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var proof = await ReadAsync(call.Get(_file), cancellationToken);
        View.WriteOne(Console, call.Format, await call.Service.VerifyCertificateAsync(call.Get(_name), proof, cancellationToken));
        return ExitCodes.Ok;
    }
}
