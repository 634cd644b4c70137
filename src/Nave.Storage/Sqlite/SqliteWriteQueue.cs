namespace Nave.Storage.Sqlite;

/// <summary>
/// Requests on their way to the writer thread: bounded; when it is full, callers wait for room without holding a thread.
/// The writer takes all that wait at once.
/// </summary>
internal sealed class SqliteWriteQueue(int capacity) : IDisposable
{
    private readonly SemaphoreSlim _room = new(capacity, capacity);
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _filled = new(false);
    private List<StateWriteRequest> _waiting = [];
    private bool _writerSleeps;
    private bool _closed;

    /// <summary>Gets how many wait now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Queues a request, once there is room.</summary>
    /// <exception cref="ObjectDisposedException">The queue is closed; nothing was queued.</exception>
    public ValueTask EnqueueAsync(StateWriteRequest request, CancellationToken cancellationToken)
    {
        var room = _room.WaitAsync(cancellationToken);
        if (!room.IsCompletedSuccessfully)
        {
            return EnqueueSlowAsync(room, request);
        }

        Add(request);
        return default;
    }

    /// <summary>Takes everything that waits, in order, or sleeps until there is something. Only the writer thread calls it.</summary>
    /// <param name="taken">An empty list to fill.</param>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Take(ref List<StateWriteRequest> taken)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_waiting.Count > 0)
                {
                    (_waiting, taken) = (taken, _waiting);
                    return true;
                }

                if (_closed)
                {
                    return false;
                }

                _writerSleeps = true;
            }

            _filled.WaitOne();
        }
    }

    /// <summary>Gives the room of taken requests back.</summary>
    public void Release(int count) => _room.Release(count);

    /// <summary>Takes no more; what is queued stays to be taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _filled.Set();
        }
    }

    /// <summary>Ends it, after the writer thread has ended.</summary>
    public void Dispose() => _filled.Dispose();

    private async ValueTask EnqueueSlowAsync(Task room, StateWriteRequest request)
    {
        await room.ConfigureAwait(false);
        Add(request);
    }

    private void Add(StateWriteRequest request)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _waiting.Add(request);
                if (_writerSleeps)
                {
                    _writerSleeps = false;
                    _filled.Set();
                }

                return;
            }
        }

        _room.Release(); // Lets the next one that waits for room learn the same.
        throw new ObjectDisposedException(nameof(SqliteStateStore));
    }
}
