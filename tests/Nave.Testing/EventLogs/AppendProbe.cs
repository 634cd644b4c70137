using System.Text;
using Nave.Storage;

namespace Nave.Testing.EventLogs;

/// <summary>Appends records and remembers what became of each.</summary>
public sealed class AppendProbe : IAppendObserver, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(long Token, bool Durable)> _outcomes = [];
    private readonly ILogAppender _appender;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nextToken;
    private int _batches;

    /// <summary>Opens an appender of the log.</summary>
    public AppendProbe(IEventLog log) => _appender = log.CreateAppender(OnBatch);

    /// <summary>Gets the appender.</summary>
    public ILogAppender Appender => _appender;

    /// <summary>Gets how often a batch was completed.</summary>
    public int Batches => Volatile.Read(ref _batches);

    /// <summary>Gets the outcomes so far, in the order in which they were told.</summary>
    public IReadOnlyList<(long Token, bool Durable)> Outcomes
    {
        get
        {
            lock (_gate)
            {
                return [.. _outcomes];
            }
        }
    }

    /// <summary>Stages a record; its token is the number of records staged before.</summary>
    public bool TryStage(int partition, ReadOnlySpan<byte> data)
    {
        // Split anywhere: the log must join head and body.
        var head = data.Length / 3;
        if (!_appender.TryAppend(partition, data[..head], data[head..], this, _nextToken))
        {
            return false;
        }

        _nextToken++;
        return true;
    }

    /// <summary>Stages a record, waiting for room as long as the log is available.</summary>
    public async Task StageAsync(int partition, ReadOnlyMemory<byte> data)
    {
        while (true)
        {
            var changed = Changed();
            if (TryStage(partition, data.Span))
            {
                return;
            }

            if (!_appender.Available)
            {
                throw new StorageUnavailableException("The log takes no records.", isTransient: true);
            }

            await changed.WaitAsync(TestDeadline.Default).ConfigureAwait(false);
        }
    }

    /// <summary>Appends records of text and waits until all are settled.</summary>
    /// <returns>True if all of them are durable.</returns>
    public async Task<bool> AppendAsync(int partition, params string[] records)
    {
        foreach (var record in records)
        {
            await StageAsync(partition, Encoding.UTF8.GetBytes(record)).ConfigureAwait(false);
        }

        return await SettledAsync().ConfigureAwait(false);
    }

    /// <summary>Waits until everything staged is settled.</summary>
    /// <returns>True if all of it is durable.</returns>
    public async Task<bool> SettledAsync()
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_outcomes.Count == _nextToken)
                {
                    return _outcomes.TrueForAll(outcome => outcome.Durable);
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(TestDeadline.Default).ConfigureAwait(false);
        }
    }

    /// <summary>Gets a task that ends at the next outcome or batch.</summary>
    public Task Changed()
    {
        lock (_gate)
        {
            return _changed.Task;
        }
    }

    void IAppendObserver.Appended(long token, bool durable)
    {
        lock (_gate)
        {
            _outcomes.Add((token, durable));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _appender.Dispose();

    private void OnBatch()
    {
        Interlocked.Increment(ref _batches);
        lock (_gate)
        {
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
