using Nave.Cli.Output;
using Nave.Fleet.Sync.Hosting;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync dead discard</c>.</summary>
internal sealed class SyncDeadDiscardCommand(CliConsole console)
    : SyncDeadChangeCommand(console, "discard", "Forget devices that were given up.", "discarded")
{
    protected override Task<IReadOnlyList<string>> ChangeAsync(ISyncControl control, DeadSelection selection, CancellationToken cancellationToken) =>
        control.DiscardDeadAsync(selection, cancellationToken);
}
