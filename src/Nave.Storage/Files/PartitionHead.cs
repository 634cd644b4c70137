namespace Nave.Storage.Files;

/// <summary>Where one partition stands, and who waits for it to move on. One writer, many readers.</summary>
/// <param name="mark">Where it stands at first.</param>
/// <param name="lostFrom">The first sequence number of those that were lost at the log's end before it was opened; the next one if none was.</param>
internal sealed class PartitionHead(PartitionMark mark, long lostFrom)
{
    private readonly Lock _gate = new();
    private readonly List<(long Sequence, TaskCompletionSource Source)> _waiting = [];
    private readonly long _lostTo = mark.NextSequence;
    private PartitionMark _mark = mark;
    private bool _closed;

    public PartitionMark Mark
    {
        get
        {
            lock (_gate)
            {
                return _mark;
            }
        }
    }

    public void MoveTo(in PartitionMark mark)
    {
        lock (_gate)
        {
            _mark = mark;
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Sequence < mark.NextSequence)
                {
                    _waiting[i].Source.TrySetResult(); // Continuations run elsewhere: see WaitAsync.
                    _waiting[i] = _waiting[^1];
                    _waiting.RemoveAt(_waiting.Count - 1);
                }
            }
        }
    }

    public ValueTask WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        // What was lost never comes: who waits for it waits for what comes after it.
        sequence = sequence >= lostFrom && sequence < _lostTo ? _lostTo : sequence;
        TaskCompletionSource source;
        lock (_gate)
        {
            if (sequence < _mark.NextSequence)
            {
                return ValueTask.CompletedTask;
            }

            ObjectDisposedException.ThrowIf(_closed, typeof(SegmentLog));
            if (cancellationToken.IsCancellationRequested)
            {
                return ValueTask.FromCanceled(cancellationToken);
            }

            source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((sequence, source));
        }

        return cancellationToken.CanBeCanceled ? new ValueTask(WaitCancellableAsync(source, cancellationToken)) : new ValueTask(source.Task);
    }

    /// <summary>Fails all who wait: nothing will come any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var (_, source) in _waiting)
            {
                source.TrySetException(new ObjectDisposedException(nameof(SegmentLog)));
            }

            _waiting.Clear();
        }
    }

    private async Task WaitCancellableAsync(TaskCompletionSource source, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(
            () =>
            {
                lock (_gate)
                {
                    _waiting.RemoveAll(waiter => waiter.Source == source);
                }

                source.TrySetCanceled(cancellationToken);
            }).ConfigureAwait(false);
        await source.Task.ConfigureAwait(false);
    }
}
