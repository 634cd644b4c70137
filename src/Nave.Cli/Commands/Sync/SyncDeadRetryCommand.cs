using Nave.Cli.Output;
using Nave.Fleet.Sync.Hosting;

namespace Nave.Cli.Commands;

/// <summary><c>nave sync dead retry</c>.</summary>
internal sealed class SyncDeadRetryCommand(CliConsole console)
    : SyncDeadChangeCommand(console, "retry", "Put devices that were given up back into the queue, with fresh attempts.", "retried")
{
    protected override Task<IReadOnlyList<string>> ChangeAsync(ISyncControl control, DeadSelection selection, CancellationToken cancellationToken) =>
        control.RetryDeadAsync(selection, cancellationToken);
}
