using System.CommandLine;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave certificates show</c>: one authority, with the code by which it is verified.</summary>
internal sealed class CertificatesShowCommand : CertificateCommand
{
    private readonly Argument<string> _name = NameArgument();

    public CertificatesShowCommand(CliConsole console)
        : base(console, "show", "Show an authority, with its verification code while it is not verified.")
    {
        Add(_name);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(_name);
        var all = await call.Service.ListCertificatesAsync(cancellationToken);
        using var document = all.ToDocument();
        var found = document.RootElement.EnumerateArray().FirstOrDefault(authority => authority.GetProperty("name").GetString() == name);
        if (found.ValueKind == JsonValueKind.Undefined)
        {
            throw new CliException($"There is no certificate authority '{name}'.");
        }

        View.WriteOne(Console, call.Format, RawJson.From(found));
        return ExitCodes.Ok;
    }
}
