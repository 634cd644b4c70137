namespace Nave.Storage.Files;

/// <summary>The staging area of one producer: one batch that fills while the other is being committed.</summary>
internal sealed class SegmentLogAppender : ILogAppender
{
    private readonly Lock _gate = new();
    private readonly Committer _committer;
    private readonly BlockPool _pool;
    private readonly int _partitionCount;
    private readonly int _limit;
    private readonly int _bigBatch;
    private readonly Action? _batchCompleted;
    private StagedBatch _front;
    private StagedBatch _back;
    private volatile bool _disposed;
    private long _failures; // batches; under _gate

    public SegmentLogAppender(Committer committer, BlockPool pool, int partitionCount, int limit, int bigBatch, Action? batchCompleted)
    {
        _committer = committer;
        _pool = pool;
        _pool.Keep(2 * (limit / BlockPool.BlockBytes));
        _partitionCount = partitionCount;
        _limit = limit;
        _bigBatch = bigBatch;
        _batchCompleted = batchCompleted;
        _front = new StagedBatch(pool, partitionCount);
        _back = new StagedBatch(pool, partitionCount);
    }

    public bool Available => _committer.Accepts;

    /// <summary>Gets a value indicating whether the owner is done with it; the committer lets go of it once it is empty.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>Gets what is staged now, without a lock: good enough to decide whether to wait a little longer.</summary>
    public int StagedCost => Volatile.Read(ref _front).Cost;

    /// <summary>Gets how many batches have failed.</summary>
    public long Failures
    {
        get
        {
            lock (_gate)
            {
                return _failures;
            }
        }
    }

    public int StagedCount => Volatile.Read(ref _front).Count;

    public bool TryAppend(int partition, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, IAppendObserver? observer, long token) =>
        TryAppend(partition, head, body, observer, token, outboxSequence: 0, failuresKnown: 0);

    /// <summary>
    /// Stages a record, of the outbox if <paramref name="outboxSequence"/> is above 0: then only if no batch has failed
    /// since the caller looked at <see cref="Failures"/>, so that none can become durable without those before it.
    /// </summary>
    public bool TryAppend(
        int partition, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, IAppendObserver? observer, long token, long outboxSequence, long failuresKnown)
    {
        if ((uint)partition >= (uint)_partitionCount)
        {
            throw new ArgumentOutOfRangeException(nameof(partition), partition, $"Partitions 0 to {_partitionCount - 1} exist.");
        }

        var cost = (long)head.Length + body.Length + StagedBatch.RecordCost;
        if (cost > _limit)
        {
            throw new ArgumentException($"A record of {cost - StagedBatch.RecordCost} bytes is over the limit of {_limit - StagedBatch.RecordCost}.");
        }

        bool first, big;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var batch = _front;
            var before = batch.Cost;

            // Accepts is read under the lock: after it has turned false, the committer fails what is staged, under the lock too.
            if (before + cost > _limit || !_committer.Accepts || (outboxSequence > 0 && failuresKnown != _failures))
            {
                return false;
            }

            batch.Add(partition, head, body, observer, token, outboxSequence);
            first = before == 0;
            big = before < _bigBatch && batch.Cost >= _bigBatch;
        }

        if (first || big)
        {
            _committer.Wake(big);
        }

        return true;
    }

    /// <summary>Takes what is staged; null if that is nothing, or more than <paramref name="maxCost"/>.</summary>
    /// <returns>A batch that is the caller's until <see cref="Complete"/>.</returns>
    public StagedBatch? Take(long maxCost)
    {
        lock (_gate)
        {
            if (_front.Count == 0 || _front.Cost > maxCost)
            {
                return null;
            }

            (_front, _back) = (_back, _front);
            return _back;
        }
    }

    /// <summary>Ends the life of the taken batch: observers and owner are told.</summary>
    public void Complete(StagedBatch batch, bool durable, Action<Exception> observerThrew)
    {
        if (!durable)
        {
            lock (_gate)
            {
                _failures++;
            }
        }

        batch.Notify(durable, observerThrew);
        batch.Clear();
        SignalBatch(observerThrew);
    }

    /// <summary>Tells the owner that a batch is done, or that it may try again.</summary>
    public void SignalBatch(Action<Exception> observerThrew)
    {
        try
        {
            _batchCompleted?.Invoke();
        }
        catch (Exception e)
        {
            observerThrew(e);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        _pool.Keep(-2 * (_limit / BlockPool.BlockBytes));

        _committer.Wake(big: true);
    }
}
