namespace Nave.Storage;

/// <summary>Wakes those who wait for the outbox, when a commit has filled it.</summary>
internal sealed class OutboxSignal(long lastSequence, long removedThrough)
{
    private readonly Lock _gate = new();
    private long _last = lastSequence;
    private long _removed = removedThrough;
    private TaskCompletionSource? _change;
    private bool _closed;

    /// <summary>Tells what is durable now.</summary>
    /// <param name="last">The last sequence given out.</param>
    /// <param name="removed">The last sequence removed, 0 if none was.</param>
    public void Committed(long last, long removed)
    {
        TaskCompletionSource? change = null;
        lock (_gate)
        {
            _removed = Math.Max(_removed, removed);
            if (last > _last)
            {
                _last = last;
                (change, _change) = (_change, null);
            }
        }

        change?.TrySetResult();
    }

    /// <summary>Ends every wait with <see cref="ObjectDisposedException"/>.</summary>
    public void Close()
    {
        TaskCompletionSource? change;
        lock (_gate)
        {
            _closed = true;
            (change, _change) = (_change, null);
        }

        change?.TrySetResult();
    }

    /// <summary>Waits until there is an entry after <paramref name="after"/> that is not removed.</summary>
    public async ValueTask WaitAsync(long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_closed, typeof(IStateStore));
                if (_last > Math.Max(after, _removed))
                {
                    return;
                }

                _change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                change = _change.Task;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
