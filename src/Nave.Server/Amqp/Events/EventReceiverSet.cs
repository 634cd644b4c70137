using System.Collections.Concurrent;

namespace Nave.Server.Amqp.Events;

/// <summary>All receivers of events, so that those that do not move give their memory back. Thread-safe.</summary>
internal sealed class EventReceiverSet : IDisposable
{
    // A receiver that gets a little credit now and then keeps its batch; one that has stalled for so long does not.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<EventReceiver, bool> _receivers = new();
    private readonly ITimer _timer;

    public EventReceiverSet(TimeProvider time) => _timer = time.CreateTimer(_ => Trim(), null, s_interval, s_interval);

    /// <summary>Adds a receiver.</summary>
    public void Add(EventReceiver receiver) => _receivers.TryAdd(receiver, true);

    /// <summary>Removes a receiver.</summary>
    public void Remove(EventReceiver receiver) => _receivers.TryRemove(receiver, out _);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Trim()
    {
        foreach (var (receiver, _) in _receivers)
        {
            receiver.Trim();
        }
    }
}
