using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave certificates delete</c>: takes trust back from an authority.</summary>
internal sealed class CertificatesDeleteCommand : CertificateCommand
{
    private readonly Argument<string> _name = NameArgument();

    public CertificatesDeleteCommand(CliConsole console)
        : base(console, "delete", "Remove an authority: devices whose certificates it signed are not let in any more.")
    {
        Add(_name);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(_name);
        await call.Service.DeleteCertificateAsync(name, cancellationToken);
        Console.WriteDeleted(call.Format, "name", name);
        return ExitCodes.Ok;
    }
}
