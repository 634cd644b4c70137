using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave certificates</c>: the authorities whose device certificates a hub, or device provisioning, accepts.</summary>
internal sealed class CertificatesCommand : Command
{
    public CertificatesCommand(CliConsole console)
        : base("certificates", "Register, verify and remove the authorities that sign device certificates.")
    {
        Add(new CertificatesListCommand(console));
        Add(new CertificatesShowCommand(console));
        Add(new CertificatesAddCommand(console));
        Add(new CertificatesVerifyCommand(console));
        Add(new CertificatesDeleteCommand(console));
    }
}
