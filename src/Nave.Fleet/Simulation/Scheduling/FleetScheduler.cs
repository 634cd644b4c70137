namespace Nave.Fleet.Simulation.Scheduling;

/// <summary>Lets each of many things act when it is due: one queue and one timer for the whole fleet.</summary>
/// <param name="time">The clock.</param>
public sealed class FleetScheduler(TimeProvider time)
{
    // A longer wait would not see what is added meanwhile, whose turn may come first.
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(1);

    private readonly long _start = time.GetTimestamp();
    private readonly PriorityQueue<IScheduled, TimeSpan> _queue = new();
    private readonly Lock _gate = new();

    /// <summary>Gets the time since the start.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Adds something that acts; any thread may.</summary>
    public void Add(IScheduled item)
    {
        ArgumentNullException.ThrowIfNull(item);
        lock (_gate)
        {
            if (item.Due != TimeSpan.MaxValue)
            {
                _queue.Enqueue(item, item.Due);
            }
        }
    }

    /// <summary>Lets everything act that is due, in the order of time.</summary>
    /// <returns>When the next is due; <see cref="TimeSpan.MaxValue"/> if nothing is left.</returns>
    public TimeSpan RunDue()
    {
        var now = Now;
        while (true)
        {
            IScheduled item;
            lock (_gate)
            {
                if (!_queue.TryPeek(out item!, out var due) || due > now)
                {
                    return item is null ? TimeSpan.MaxValue : due;
                }

                _queue.Dequeue();
            }

            item.Act(now);
            Add(item);
        }
    }

    /// <summary>Runs until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var wait = RunDue() - Now;
            wait = wait > s_longestWait ? s_longestWait : wait < s_shortestWait ? s_shortestWait : wait;
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
