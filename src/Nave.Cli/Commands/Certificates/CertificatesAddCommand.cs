using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave certificates add</c>: registers an authority, and says how to prove that one holds its key.</summary>
internal sealed class CertificatesAddCommand : CertificateCommand
{
    private readonly Argument<string> _name = NameArgument();
    private readonly Argument<string> _file = FileArgument("The authority's certificate: PEM or DER, '-' for stdin.");
    private readonly Option<bool> _verified = new("--verified") { Description = "Vouch for it: no proof that you hold its key is asked for." };

    public CertificatesAddCommand(CliConsole console)
        : base(console, "add", "Register an authority.")
    {
        Add(_name);
        Add(_file);
        Add(_verified);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(_name);
        var certificate = await ReadAsync(call.Get(_file), cancellationToken);
        View.WriteOne(Console, call.Format, await call.Service.AddCertificateAsync(name, certificate, call.Get(_verified), cancellationToken));
        if (!call.Get(_verified))
        {
            await Console.Human(call.Format).WriteLineAsync(
                $"Sign a certificate whose common name is the verification code, and run: nave certificates verify {name} FILE");
        }

        return ExitCodes.Ok;
    }
}
