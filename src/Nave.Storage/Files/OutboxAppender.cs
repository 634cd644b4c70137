namespace Nave.Storage.Files;

/// <summary>Appends outbox records, each exactly once: one caller at a time, in order, skipping what the log has.</summary>
internal sealed class OutboxAppender : IAppendObserver, IDisposable
{
    private readonly Committer _committer;
    private readonly SegmentLogAppender _appender;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private TaskCompletionSource? _batch; // ends when the next batch completes
    private int _pending;
    private bool _failed;
    private bool _signalled;

    public OutboxAppender(Committer committer, Func<Action, SegmentLogAppender> createAppender)
    {
        _committer = committer;
        _appender = createAppender(OnBatchCompleted);
    }

    public async Task AppendAsync(IReadOnlyList<OutboxRecord> records, CancellationToken cancellationToken)
    {
        for (var i = 0; i < records.Count; i++)
        {
            var before = i == 0 ? 0 : records[i - 1].OutboxSequence;
            if (records[i].OutboxSequence <= before)
            {
                throw new ArgumentException($"Outbox sequence {records[i].OutboxSequence} does not come after {before}; they begin at 1 and grow.", nameof(records));
            }
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);

        // What is staged cannot be taken back: even if the caller stops waiting, the next one's turn comes only when it is settled.
        await AppendAndReleaseAsync(records).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Appended(long token, bool durable)
    {
        lock (_gate)
        {
            _pending--;
            _failed |= !durable;
        }
    }

    public void Dispose() => _appender.Dispose();

    private async Task AppendAndReleaseAsync(IReadOnlyList<OutboxRecord> records)
    {
        try
        {
            lock (_gate)
            {
                _failed = false;
            }

            var failures = _appender.Failures;

            for (var i = 0; i < records.Count; i++)
            {
                if (records[i].OutboxSequence > _committer.OutboxSequence)
                {
                    await StageAsync(records[i], failures).ConfigureAwait(false);
                }
            }

            while (NextBatch(onlyIfPending: true) is { } batch)
            {
                await batch.ConfigureAwait(false);
            }

            ThrowIfFailed();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task StageAsync(OutboxRecord record, long failures)
    {
        while (true)
        {
            Task full;
            lock (_gate)
            {
                _signalled = false;
            }

            // Counted before it is staged: the commit thread may be faster than this one.
            Count(1);
            bool staged;
            try
            {
                staged = _appender.TryAppend(record.Partition, record.Data.Span, default, this, 0, record.OutboxSequence, failures);
            }
            catch
            {
                Count(-1);
                throw;
            }

            if (staged)
            {
                return;
            }

            Count(-1);
            ThrowIfFailed();
            if (!_appender.Available || _appender.Failures != failures)
            {
                throw Unavailable();
            }

            full = NextBatch(onlyIfPending: false)!;
            await full.ConfigureAwait(false);
        }
    }

    private void Count(int change)
    {
        lock (_gate)
        {
            _pending += change;
        }
    }

    private Task? NextBatch(bool onlyIfPending)
    {
        lock (_gate)
        {
            if ((onlyIfPending && _pending == 0) || (!onlyIfPending && _signalled))
            {
                return onlyIfPending ? null : Task.CompletedTask;
            }

            _batch ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _batch.Task;
        }
    }

    private void OnBatchCompleted()
    {
        TaskCompletionSource? batch;
        lock (_gate)
        {
            _signalled = true;
            batch = _batch;
            _batch = null;
        }

        batch?.TrySetResult();
    }

    private void ThrowIfFailed()
    {
        lock (_gate)
        {
            if (_failed)
            {
                throw Unavailable();
            }
        }
    }

    private StorageUnavailableException Unavailable() => _committer.State switch
    {
        CommitState.Failed => new StorageUnavailableException("The event log has failed and must be opened again.", isTransient: false),
        CommitState.Closed => new StorageUnavailableException("The event log is closed.", isTransient: false),
        _ => new StorageUnavailableException("The event log takes no records: the disk is full.", isTransient: true),
    };
}
