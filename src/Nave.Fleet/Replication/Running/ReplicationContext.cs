using Microsoft.Extensions.Logging;
using Nave.Client;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication.Running;

/// <summary>What the parts of one instance share.</summary>
internal sealed class ReplicationContext
{
    public required ReplicationOptions Options { get; init; }

    public required EventsClient Events { get; init; }

    public required ServiceClient Hub { get; init; }

    public required ITwinReader Twins { get; init; }

    public required IReplicaSink Sink { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public string KeyOf(string kind, string name) => $"{Options.Scope}{kind}/{name}";

    public string BootstrapKey => $"{Options.Scope}bootstrap";

    /// <summary>Calls the target until it can be reached.</summary>
    public async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var delay = new RetryDelay(Options);
        while (true)
        {
            try
            {
                return await call(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (RetryDelay.IsTransient(e) && !cancellationToken.IsCancellationRequested)
            {
                ReplicationLog.Waiting(Logger, e.Message);
                await Task.Delay(delay.Next(), Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
