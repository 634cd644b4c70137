using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Bench;

/// <summary><c>nave bench</c>: figures of a hub on this machine.</summary>
internal sealed class BenchCommand : Command
{
    public BenchCommand(CliConsole console)
        : base("bench", "Measure a hub: rate, latency, and the processor time that the server needs.")
    {
        Add(new BenchIngestCommand(console));
        Add(new BenchTwinsCommand(console));
        Add(new BenchConnectCommand(console));
        Add(new BenchCommandsCommand(console));
        Add(new BenchRegistryCommand(console));
        Add(new BenchReadCommand(console));
        Add(new BenchQueryCommand(console));
        Add(new BenchProvisioningCommand(console));
        Add(new BenchSyncCommand(console));
    }
}
