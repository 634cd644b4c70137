using System.CommandLine;
using Nave.Cli.Output;

namespace Nave.Cli.Commands;

/// <summary><c>nave replicate</c>: the twins of a hub, kept in a database outside it.</summary>
internal sealed class ReplicateCommand : Command
{
    public ReplicateCommand(CliConsole console)
        : base("replicate", "Keep the twins of a hub in PostgreSQL, SQLite, Cosmos DB or lines of JSON.")
    {
        Add(new ReplicateRunCommand(console));
        Add(new ReplicateVerifyCommand(console));
        Add(new ReplicateStatusCommand(console));
    }
}
