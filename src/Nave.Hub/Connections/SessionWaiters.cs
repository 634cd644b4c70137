using Nave.Api;

namespace Nave.Hub.Connections;

/// <summary>Those who wait until an identity is connected and wants something: direct methods with a connect time-out.</summary>
internal sealed class SessionWaiters
{
    /// <summary>No more than this many wait in one hub; one too many is told at once that nobody came.</summary>
    public const int MaxWaiters = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<IdentityId, List<Waiter>> _waiters = [];
    private int _count;

    /// <summary>Adds a waiter.</summary>
    /// <returns>The waiter, or <see langword="null"/> if too many wait.</returns>
    public Waiter? Add(IdentityId id, DeviceFeatures feature)
    {
        lock (_lock)
        {
            if (_count >= MaxWaiters)
            {
                return null;
            }

            if (!_waiters.TryGetValue(id, out var list))
            {
                _waiters.Add(id, list = []);
            }

            var waiter = new Waiter(id, feature);
            list.Add(waiter);
            Interlocked.Increment(ref _count); // A full fence: the caller looks at the sessions again after this.
            return waiter;
        }
    }

    public void Remove(Waiter waiter)
    {
        lock (_lock)
        {
            if (_waiters.TryGetValue(waiter.Id, out var list) && list.Remove(waiter))
            {
                Interlocked.Decrement(ref _count);
                if (list.Count == 0)
                {
                    _waiters.Remove(waiter.Id);
                }
            }
        }
    }

    /// <summary>Tells those who wait for what this session offers.</summary>
    public void Offer(DeviceSession session)
    {
        if (Volatile.Read(ref _count) == 0)
        {
            return; // Nobody waits: the usual case, and free. A waiter looks at the table again after it was added.
        }

        lock (_lock)
        {
            if (_waiters.TryGetValue(session.Principal.Id, out var list))
            {
                foreach (var waiter in list)
                {
                    if ((session.Features & waiter.Feature) == waiter.Feature)
                    {
                        waiter.Arrived.TrySetResult(session);
                    }
                }
            }
        }
    }

    internal sealed class Waiter(IdentityId id, DeviceFeatures feature)
    {
        public IdentityId Id { get; } = id;

        public DeviceFeatures Feature { get; } = feature;

        public TaskCompletionSource<DeviceSession> Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
