using System.Diagnostics;
using Nave.Storage;
using Nave.Storage.Files;

namespace Nave.Benchmarks;

/// <summary>Appends at a steady rate, one record at a time, and measures how long each acknowledgement takes.</summary>
internal sealed class SparseProducer(SegmentLog log, int perSecond, TimeSpan duration, int bytes) : IAppendObserver
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] _sent = new long[(long)(perSecond * duration.TotalSeconds)];
    private long _acknowledged;

    public double[] LatenciesMs { get; } = new double[(long)(perSecond * duration.TotalSeconds)];

    public long Count => _sent.Length;

    /// <summary>Gets the CPU time that the pacing itself took, to be taken off the total.</summary>
    public double CpuSeconds { get; private set; }

    public Task RunAsync()
    {
        new Thread(Run) { IsBackground = true }.Start();
        return _done.Task;
    }

    public void Appended(long token, bool durable)
    {
        LatenciesMs[token] = (Stopwatch.GetTimestamp() - _sent[token]) * 1e3 / Stopwatch.Frequency;
        if (++_acknowledged == _sent.Length)
        {
            _done.TrySetResult();
        }
    }

    private void Run()
    {
        using var appender = log.CreateAppender();
        var record = new byte[bytes];
        var start = Stopwatch.GetTimestamp();
        var cpu = ThreadCpu.Seconds();
        for (var i = 0; i < _sent.Length;)
        {
            var due = (long)((Stopwatch.GetTimestamp() - start) / (double)Stopwatch.Frequency * perSecond);
            if (i >= due)
            {
                ThreadCpu.Sleep(50);
                continue;
            }

            _sent[i] = Stopwatch.GetTimestamp();
            if (!appender.TryAppend(i % log.PartitionCount, record.AsSpan(0, 40), record.AsSpan(40), this, i))
            {
                throw new IOException("The log takes no records.");
            }

            i++;
        }

        CpuSeconds = ThreadCpu.Seconds() - cpu;
    }
}
