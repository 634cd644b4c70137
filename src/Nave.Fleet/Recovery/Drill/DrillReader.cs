using System.Collections.Concurrent;
using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery;

/// <summary>Reads one hub's event stream all through a drill; it asks the hub anew where its events are whenever the connection is lost.</summary>
internal sealed class DrillReader : IAsyncDisposable
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly EventsClient _client;
    private readonly int _hub;
    private readonly string _group;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<DrillLink> _links = new();
    private readonly ConcurrentQueue<long> _reads = new(); // When a batch with events of the drill came.
    private Dictionary<string, EventPosition> _starts = [];
    private Task? _running;
    private long _events;
    private string? _problem;

    public DrillReader(EventsClient client, int hub, string hostName, string group, TimeProvider time)
    {
        (_client, _hub, HostName, _group, _time) = (client, hub, hostName, group, time);
        _client.ConnectionChanged += (_, change) => _links.Enqueue(new DrillLink(change.At, change.State));
    }

    public string HostName { get; }

    public long Events => Volatile.Read(ref _events);

    /// <summary>Gets the last thing that went wrong besides a lost connection.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    public IReadOnlyCollection<DrillLink> Links => _links;

    public IReadOnlyCollection<long> Reads => _reads;

    /// <summary>Notes the ends of the stream, and reads on from there.</summary>
    public async Task StartAsync(DrillFleet fleet, CancellationToken cancellationToken)
    {
        foreach (var id in (await _client.GetPropertiesAsync(cancellationToken).ConfigureAwait(false)).PartitionIds)
        {
            var end = await _client.GetPartitionPropertiesAsync(id, cancellationToken).ConfigureAwait(false);
            _starts[id] = end.IsEmpty ? EventPosition.Earliest : EventPosition.FromSequenceNumber(end.LastEnqueuedSequenceNumber);
        }

        _running = RunAsync(fleet, new Dictionary<string, EventPosition>(_starts));
    }

    /// <summary>Reads all once more, from where the drill began to what is the end now, and counts how often each event is there.</summary>
    public async Task CountAsync(DrillFleet fleet, CancellationToken cancellationToken)
    {
        var options = new EventReadOptions { ConsumerGroup = _group, Starts = _starts, UntilEnd = true };
        await foreach (var batch in _client.ReadBatchesAsync(options, cancellationToken).ConfigureAwait(false))
        {
            foreach (var one in batch)
            {
                if (fleet.Find(one.Properties[SystemProperty.MessageId]) is { } message)
                {
                    message.Found++;
                }
            }
        }
    }

    public async ValueTask StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
        {
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(DrillFleet fleet, Dictionary<string, EventPosition> positions)
    {
        while (true)
        {
            try
            {
                var options = new EventReadOptions { ConsumerGroup = _group, Starts = positions };
                await foreach (var batch in _client.ReadBatchesAsync(options, _stop.Token).ConfigureAwait(false))
                {
                    Note(fleet, batch);
                    positions[batch[^1].PartitionId] = EventPosition.FromSequenceNumber(batch[^1].SequenceNumber);
                }
            }
            catch (AmqpPeerException e)
            {
                // What the client does not get over by itself, such as a place that another reader took: from the last place again.
                Volatile.Write(ref _problem, e.Message);
            }

            await Task.Delay(s_retry, _time, _stop.Token).ConfigureAwait(false);
            positions = new Dictionary<string, EventPosition>(positions);
        }
    }

    private void Note(DrillFleet fleet, IReadOnlyList<ReceivedEvent> batch)
    {
        var (now, own) = (_time.GetUtcNow().Ticks, 0);
        foreach (var one in batch)
        {
            if (fleet.Find(one.Properties[SystemProperty.MessageId]) is { } message)
            {
                message.NoteRead(now, _hub);
                own++;
            }
        }

        if (own > 0)
        {
            Interlocked.Add(ref _events, own);
            _reads.Enqueue(now);
        }
    }
}
