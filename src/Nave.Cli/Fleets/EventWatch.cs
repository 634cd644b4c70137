using Nave.Api;
using Nave.Client;

namespace Nave.Cli.Fleets;

/// <summary>Keeps the newest events of a hub, to be looked at once a second.</summary>
internal sealed class EventWatch(EventsTarget target)
{
    private const int Kept = 8;

    private readonly Lock _gate = new();
    private readonly Queue<ReceivedEvent> _newest = new();

    /// <summary>Follows until it is cancelled or the hub goes away.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var client = target.CreateClient();
            await foreach (var received in client.ReadAsync(new EventReadOptions(), cancellationToken))
            {
                lock (_gate)
                {
                    _newest.Enqueue(received);
                    while (_newest.Count > Kept)
                    {
                        _newest.Dequeue();
                    }
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or AmqpPeerException)
        {
            // The view goes on without events; the figures say what is wrong.
        }
    }

    /// <summary>Takes the newest events, oldest first.</summary>
    public IReadOnlyList<EventLine> Take()
    {
        lock (_gate)
        {
            return [.. _newest.Select(received => received.ToLine())];
        }
    }
}
