using Nave.Api;
using Nave.Client;

namespace Nave.Cli.Fleets;

/// <summary>Keeps the newest events of a hub, to be looked at once a second.</summary>
internal sealed class EventWatch(ServiceClient service)
{
    private const int Kept = 8;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _newest = new();

    /// <summary>Follows until it is cancelled or the hub goes away.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in service.ReadEventLinesAsync(new EventQuery { From = "latest" }, cancellationToken))
            {
                lock (_gate)
                {
                    _newest.Enqueue(line.ToArray());
                    while (_newest.Count > Kept)
                    {
                        _newest.Dequeue();
                    }
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException or HubException)
        {
            // The view goes on without events; the figures say what is wrong.
        }
    }

    /// <summary>Takes the newest events, oldest first.</summary>
    public IReadOnlyList<EventLine> Take()
    {
        lock (_gate)
        {
            return [.. _newest.Select(line => EventJson.Parse(line))];
        }
    }
}
