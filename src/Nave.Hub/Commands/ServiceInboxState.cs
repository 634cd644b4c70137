using System.Diagnostics.CodeAnalysis;

namespace Nave.Hub.Commands;

/// <summary>
/// The records that wait for services, in order of their sequence numbers, and who holds which. Does no I/O and asks no clock:
/// every time is one of the hub's <see cref="SteadyClock"/>. Thread-safe.
/// </summary>
internal sealed class ServiceInboxState(ServiceInboxSettings settings)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<ServiceInboxEntry> _free = [];
    private readonly Dictionary<Guid, ServiceInboxLock> _locks = [];

    // All locks of a queue last equally long, so they lapse in the order in which they were given.
    private readonly Queue<ServiceInboxLock> _lapsing = new();

    // How many records go with which device, so that the deletion of one that has none costs nothing.
    private readonly Dictionary<string, int> _devices = [];
    private long _batchDue = long.MinValue;

    /// <summary>Gets the number of records, those that receivers hold included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _free.Count + _locks.Values.Sum(held => held.Entries.Length);
            }
        }
    }

    /// <summary>Adds a record that is stored.</summary>
    public void Add(ServiceInboxEntry entry)
    {
        lock (_lock)
        {
            _free.Add(entry);
            CountDevice(entry, 1);
        }
    }

    /// <summary>Hands out the oldest records, if there are enough or the last ones were handed out long enough ago.</summary>
    public bool TryLock(long now, [NotNullWhen(true)] out ServiceInboxLock? held)
    {
        lock (_lock)
        {
            ReleaseLapsed(now);
            held = null;
            if (_free.Count == 0 || (_free.Count < settings.MaxBatch && now < _batchDue))
            {
                return false;
            }

            var entries = new List<ServiceInboxEntry>(Math.Min(settings.MaxBatch, _free.Count));
            foreach (var entry in _free)
            {
                if (entry.Deadline > now)
                {
                    entries.Add(entry);
                    if (entries.Count == settings.MaxBatch)
                    {
                        break;
                    }
                }
            }

            if (entries.Count == 0)
            {
                return false;
            }

            _free.ExceptWith(entries);
            held = new ServiceInboxLock(Guid.NewGuid(), now + settings.LockDuration.Ticks, [.. entries]);
            _locks.Add(held.Token, held);
            _lapsing.Enqueue(held);
            _batchDue = now + settings.BatchDelay.Ticks;
            return true;
        }
    }

    /// <summary>Takes a lock out, to settle what it holds.</summary>
    /// <returns><see langword="false"/> if it has lapsed, or was never given.</returns>
    public bool TryTake(Guid token, long now, [NotNullWhen(true)] out ServiceInboxLock? held)
    {
        lock (_lock)
        {
            ReleaseLapsed(now);
            return _locks.Remove(token, out held);
        }
    }

    /// <summary>Puts back a lock that was taken out: what settles it could not be stored.</summary>
    public void PutBack(ServiceInboxLock held, long now)
    {
        lock (_lock)
        {
            if (held.Deadline > now)
            {
                _locks.Add(held.Token, held);
                _lapsing.Enqueue(held); // Perhaps a second time: it lapses once.
            }
            else
            {
                _free.UnionWith(held.Entries);
            }
        }
    }

    /// <summary>Makes what a receiver gives back available again: at once, it has waited for others before.</summary>
    public void Release(IEnumerable<ServiceInboxEntry> entries)
    {
        lock (_lock)
        {
            _free.UnionWith(entries);
            _batchDue = long.MinValue;
        }
    }

    /// <summary>Forgets records that are gone from the store.</summary>
    public void Forget(IEnumerable<ServiceInboxEntry> entries)
    {
        lock (_lock)
        {
            foreach (var entry in entries)
            {
                CountDevice(entry, -1);
            }
        }
    }

    /// <summary>Takes out what is too old, and the oldest of what is too much; receivers keep what they hold.</summary>
    public List<ServiceInboxEntry> TakeEnded(long now)
    {
        lock (_lock)
        {
            ReleaseLapsed(now);
            var tooMany = _free.Count - settings.MaxRecords;
            var ended = new List<ServiceInboxEntry>();
            foreach (var entry in _free)
            {
                if (entry.Deadline > now && ended.Count >= tooMany)
                {
                    break; // Those behind are younger.
                }

                ended.Add(entry);
            }

            _free.ExceptWith(ended);
            return ended;
        }
    }

    /// <summary>Takes out what goes with any of some devices, even from receivers that hold it.</summary>
    public List<ServiceInboxEntry> TakeOf(IReadOnlySet<string> deviceIds)
    {
        lock (_lock)
        {
            if (!deviceIds.Any(_devices.ContainsKey))
            {
                return [];
            }

            bool Goes(ServiceInboxEntry entry) => entry.DeviceId is not null && deviceIds.Contains(entry.DeviceId);
            var taken = _free.Where(Goes).ToList();
            _free.ExceptWith(taken);
            foreach (var held in _locks.Values)
            {
                taken.AddRange(held.Entries.Where(Goes));
                held.Entries = [.. held.Entries.Where(entry => !Goes(entry))];
            }

            return taken;
        }
    }

    /// <summary>Returns when a receiver should try again; <see langword="null"/> if not before something changes.</summary>
    public long? NextDue(long now)
    {
        lock (_lock)
        {
            ReleaseLapsed(now);
            long? due = _lapsing.TryPeek(out var first) ? first.Deadline : null;
            return _free.Count == 0 ? due : Math.Max(now, Math.Min(due ?? long.MaxValue, _free.Count >= settings.MaxBatch ? now : _batchDue));
        }
    }

    private void ReleaseLapsed(long now)
    {
        while (_lapsing.TryPeek(out var first))
        {
            var isHeld = _locks.ContainsKey(first.Token);
            if (isHeld && first.Deadline > now)
            {
                return;
            }

            _lapsing.Dequeue();
            if (isHeld)
            {
                _locks.Remove(first.Token);
                _free.UnionWith(first.Entries);
                _batchDue = long.MinValue;
            }
        }
    }

    private void CountDevice(ServiceInboxEntry entry, int change)
    {
        if (entry.DeviceId is not { } device)
        {
            return;
        }

        var count = _devices.GetValueOrDefault(device) + change;
        if (count > 0)
        {
            _devices[device] = count;
        }
        else
        {
            _devices.Remove(device);
        }
    }
}
