using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave certificates list</c>: all authorities.</summary>
internal sealed class CertificatesListCommand : CertificateCommand
{
    public CertificatesListCommand(CliConsole console)
        : base(console, "list", "List the authorities.") => AddCommonOptions();

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        View.WriteAll(Console, call.Format, await call.Service.ListCertificatesAsync(cancellationToken));
        return ExitCodes.Ok;
    }
}
