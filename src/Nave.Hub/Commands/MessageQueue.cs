using Nave.Hub.Connections;

namespace Nave.Hub.Commands;

/// <summary>
/// The messages of one identity, in order of their sequence numbers, and who holds which. Does no I/O and asks no clock.
/// Thread-safe; a queue that ran empty is closed, and its identity gets another one.
/// </summary>
internal sealed class MessageQueue
{
    private readonly Lock _lock = new();
    private readonly List<QueuedMessage> _messages = [];
    private int _count;
    private bool _closed;

    /// <summary>Gets the number of messages, whatever their state.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Gives a message its place at the end.</summary>
    /// <param name="maxCount">The most messages permitted.</param>
    /// <param name="create">Makes the message; <see langword="null"/> = it cannot be made now.</param>
    /// <param name="message">The message, if it was added.</param>
    public EnqueueOutcome TryAdd(int maxCount, Func<QueuedMessage?> create, out QueuedMessage? message)
    {
        message = null;
        lock (_lock)
        {
            if (_closed)
            {
                return EnqueueOutcome.Closed;
            }

            if (_messages.Count >= maxCount)
            {
                return EnqueueOutcome.Full;
            }

            message = create();
            if (message is null)
            {
                return EnqueueOutcome.NoSequence;
            }

            _messages.Add(message);
            Volatile.Write(ref _count, _messages.Count);
            return EnqueueOutcome.Added;
        }
    }

    /// <summary>Makes a message available: it is stored, or its receiver gives it back.</summary>
    public void Release(QueuedMessage message)
    {
        lock (_lock)
        {
            Free(message);
        }
    }

    /// <summary>Takes a message out.</summary>
    /// <returns><see langword="true"/> if that closed the queue.</returns>
    public bool Remove(QueuedMessage message)
    {
        lock (_lock)
        {
            _messages.Remove(message);
            Volatile.Write(ref _count, _messages.Count);
            return _closed = _messages.Count == 0;
        }
    }

    /// <summary>Locks the first message that is free, unless one before it is still being stored.</summary>
    /// <param name="holder">Who will hold it; <see langword="null"/> = a lock by time.</param>
    /// <param name="lockDeadline">When a lock by time ends.</param>
    /// <param name="now">Now.</param>
    /// <returns>The message, <see cref="MessageState.Locked"/>; <see langword="null"/> if there is none.</returns>
    public QueuedMessage? Lock(DeviceSession? holder, long lockDeadline, long now)
    {
        lock (_lock)
        {
            // A session that has ended has given back what it held; it must not take anything after that.
            if (holder is { IsOpen: false })
            {
                return null;
            }

            foreach (var message in _messages)
            {
                if (message.State == MessageState.Staging)
                {
                    return null;
                }

                if (message.State == MessageState.Free || HasLapsed(message, now))
                {
                    message.State = MessageState.Locked;
                    message.LockToken = Guid.NewGuid();
                    message.Holder = holder;
                    message.LockDeadline = lockDeadline;
                    return message;
                }
            }

            return null;
        }
    }

    /// <summary>Begins to settle the message that a lock token names.</summary>
    /// <returns><see langword="null"/> if nobody holds it by that token any more.</returns>
    public QueuedMessage? BeginSettle(Guid lockToken, long now)
    {
        lock (_lock)
        {
            foreach (var message in _messages)
            {
                if (message.State == MessageState.Locked && message.LockToken == lockToken)
                {
                    if (HasLapsed(message, now) || message.Holder is { IsOpen: false })
                    {
                        Free(message);
                        return null;
                    }

                    message.State = MessageState.Settling;
                    return message;
                }
            }

            return null;
        }
    }

    /// <summary>Begins to settle every message that is stored and not being settled, whoever holds it.</summary>
    public IReadOnlyList<QueuedMessage> BeginSettleAll() => BeginSettleWhere(static _ => true);

    /// <summary>Begins to settle those that have expired and that nobody holds.</summary>
    public IReadOnlyList<QueuedMessage> BeginExpire(long now) =>
        BeginSettleWhere(message => message.Deadline <= now && (message.State == MessageState.Free || HasLapsed(message, now)));

    /// <summary>Gives a message back to its holder because what was to be stored could not be; free if the lock has ended meanwhile.</summary>
    public void CancelSettle(QueuedMessage message, long now)
    {
        lock (_lock)
        {
            message.State = MessageState.Locked;
            if (message.LockToken == Guid.Empty || HasLapsed(message, now) || message.Holder is { IsOpen: false })
            {
                Free(message);
            }
        }
    }

    /// <summary>Frees what a session holds.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool ReleaseAll(DeviceSession holder)
    {
        lock (_lock)
        {
            var any = false;
            foreach (var message in _messages)
            {
                if (message.State == MessageState.Locked && ReferenceEquals(message.Holder, holder))
                {
                    Free(message);
                    any = true;
                }
            }

            return any;
        }
    }

    /// <summary>Frees the message that a lock token names, if it is not being settled.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Release(Guid lockToken)
    {
        lock (_lock)
        {
            foreach (var message in _messages)
            {
                if (message.State == MessageState.Locked && message.LockToken == lockToken)
                {
                    Free(message);
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Frees what is locked by a time that has passed.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool ReleaseLapsed(long now)
    {
        lock (_lock)
        {
            var any = false;
            foreach (var message in _messages)
            {
                if (HasLapsed(message, now))
                {
                    Free(message);
                    any = true;
                }
            }

            return any;
        }
    }

    private static bool HasLapsed(QueuedMessage message, long now) =>
        message.State == MessageState.Locked && message.Holder is null && message.LockDeadline <= now;

    private static void Free(QueuedMessage message)
    {
        message.State = MessageState.Free;
        message.LockToken = Guid.Empty;
        message.Holder = null;
    }

    private List<QueuedMessage> BeginSettleWhere(Func<QueuedMessage, bool> condition)
    {
        var settling = new List<QueuedMessage>();
        lock (_lock)
        {
            foreach (var message in _messages)
            {
                if (message.State is MessageState.Free or MessageState.Locked && condition(message))
                {
                    message.State = MessageState.Settling;
                    settling.Add(message);
                }
            }
        }

        return settling;
    }
}
