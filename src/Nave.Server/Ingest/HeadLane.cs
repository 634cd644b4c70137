using Nave.Hub;
using Nave.Server.Connections;

namespace Nave.Server.Ingest;

/// <summary>What a head keeps for each lane: the way into each hub, and counters that cost nothing to count.</summary>
internal sealed class HeadLane(HubHost hubs) : ILaneState
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IotHub, IngestLane> _ingest = [];
    private long _messages;
    private long _bytes;

    /// <summary>Gets how many events were handed to a hub.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Gets how many bytes were received.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Counts what one read brought.</summary>
    public void Count(int messages, int bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        if (messages > 0)
        {
            Interlocked.Add(ref _messages, messages);
        }
    }

    /// <summary>Gets the way into a hub.</summary>
    public IngestLane Into(IotHub hub)
    {
        lock (_gate)
        {
            if (!_ingest.TryGetValue(hub, out var lane))
            {
                _ingest.Add(hub, lane = new IngestLane(hub));
            }

            return lane;
        }
    }

    /// <inheritdoc/>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_ingest.Values.Select(lane => lane.WhenIdleAsync()));
        }
    }

    /// <inheritdoc/>
    public void Close()
    {
        lock (_gate)
        {
            foreach (var lane in _ingest.Values)
            {
                lane.Dispose();
            }

            _ingest.Clear();
        }
    }

    /// <inheritdoc/>
    public void OnTick()
    {
        IngestLane[] lanes;
        lock (_gate)
        {
            lanes = [.. _ingest.Values];
        }

        foreach (var lane in lanes)
        {
            lane.OnTick();
            if (!hubs.Hubs.Contains(lane.Hub))
            {
                // The hub was deleted; its sessions were closed with it.
                lock (_gate)
                {
                    _ingest.Remove(lane.Hub);
                }

                lane.Dispose();
            }
        }
    }
}
