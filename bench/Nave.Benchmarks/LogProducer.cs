using Nave.Storage;
using Nave.Storage.Files;

namespace Nave.Benchmarks;

/// <summary>Appends on its own thread with a bounded number of records in flight, and waits for the last acknowledgement.</summary>
internal sealed class LogProducer(SegmentLog log, long records, int bytes, int inFlight) : IAppendObserver, IDisposable
{
    private readonly AutoResetEvent _batch = new(false);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _acknowledged;

    public Task RunAsync()
    {
        new Thread(Run) { IsBackground = true }.Start();
        return _done.Task;
    }

    public void Appended(long token, bool durable)
    {
        if (!durable)
        {
            _done.TrySetException(new IOException("A record was not stored."));
        }
        else if (++_acknowledged == records)
        {
            _done.TrySetResult();
        }
    }

    public void Dispose() => _batch.Dispose();

    private void Run()
    {
        using var appender = log.CreateAppender(() => _batch.Set());
        var record = new byte[bytes];
        for (var i = 0L; i < records;)
        {
            if (i - Volatile.Read(ref _acknowledged) < inFlight
                && appender.TryAppend((int)(i % log.PartitionCount), record.AsSpan(0, 40), record.AsSpan(40), this, i))
            {
                i++;
            }
            else
            {
                _batch.WaitOne();
            }
        }
    }
}
