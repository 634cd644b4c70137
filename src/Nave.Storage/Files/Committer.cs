using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Nave.Storage.Files;

/// <summary>
/// The group commit, on its own thread: takes what all appenders have staged, writes it behind the last commit, syncs
/// once, shows it to readers, tells who waits. While a sync is under way the next commit is being staged.
/// </summary>
internal sealed partial class Committer
{
    private const int NotWaiting = 0;
    private const int WaitingForMore = 1; // for company, up to a deadline: only a big batch ends it
    private const int WaitingForAny = 2;

    private readonly object _gate = new(); // waited on with Monitor
    private readonly SegmentLogOptions _options;
    private readonly ActiveSegment _active;
    private readonly PartitionHead[] _heads;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CommitPacer _pacer;
    private readonly CommitPlan _plan = new();
    private readonly PartitionMark[] _marks; // where the log stands
    private readonly PartitionMark[] _next; // where it will stand after the commit in hand
    private readonly List<(SegmentLogAppender Appender, StagedBatch Batch)> _taken = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly Action<Exception> _observerThrew;
    private ImmutableArray<SegmentLogAppender> _appenders = [];
    private volatile CommitState _state = CommitState.Open;
    private volatile bool _closing;
    private volatile bool _spaceFound;
    private int _waiting;
    private int _turn;
    private ulong _commit;
    private long _outboxSequence;
    private long _commits;
    private long _records;
    private long _bytes;

    public Committer(
        SegmentLogOptions options, ActiveSegment active, PartitionHead[] heads, SegmentEnd end, TimeProvider time, ILogger logger)
    {
        _options = options;
        _active = active;
        _heads = heads;
        _time = time;
        _logger = logger;
        _pacer = new CommitPacer(options.MinCommitInterval, time);
        _marks = (PartitionMark[])end.Marks.Clone();
        _commit = end.LastCommit;
        _outboxSequence = end.OutboxSequence;
        _next = new PartitionMark[_marks.Length];
        _observerThrew = e => Log.ObserverThrew(logger, e);
        _thread = new Thread(Run) { IsBackground = true, Name = "nave log commit" };
    }

    /// <summary>Gets a value indicating whether records may be staged.</summary>
    public bool Accepts => _state == CommitState.Open && !_closing;

    public CommitState State => _state;

    public long OutboxSequence => Interlocked.Read(ref _outboxSequence);

    public long Commits => Interlocked.Read(ref _commits);

    public long Records => Interlocked.Read(ref _records);

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Gets what is durable, for the time after <see cref="Ended"/>.</summary>
    public LogEndMark EndMark => new(
        _active.Header.SegmentId, _active.Header.Number, _active.Header.LogId,
        new SegmentEnd(_active.Position, _outboxSequence, _commit, (PartitionMark[])_marks.Clone()));

    /// <summary>Gets a task that ends when the last commit is done, after <see cref="Close"/>.</summary>
    public Task Ended => _ended.Task;

    public void Start() => _thread.Start();

    public void Add(SegmentLogAppender appender) => ImmutableInterlocked.Update(ref _appenders, static (list, item) => list.Add(item), appender);

    /// <summary>Says that something was staged into an empty batch, or (<paramref name="big"/>) enough not to wait for more.</summary>
    public void Wake(bool big)
    {
        // Pairs with the barrier in Wait: either this sees that the thread waits, or the thread sees what was staged.
        Interlocked.MemoryBarrier();
        var waiting = Volatile.Read(ref _waiting);
        if (waiting == WaitingForAny || (big && waiting == WaitingForMore))
        {
            lock (_gate)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Says that a full disk has room again.</summary>
    public void SpaceFound()
    {
        _spaceFound = true;
        Wake(big: true);
    }

    /// <summary>Stops taking records; those staged are still committed.</summary>
    public void Close()
    {
        _closing = true;
        Wake(big: true);
    }

    private void Run()
    {
        try
        {
            while (WaitForWork())
            {
                _pacer.Started();
                Take();
                if (_taken.Count > 0)
                {
                    Commit();
                }
            }
        }
        finally
        {
            if (_state != CommitState.Failed)
            {
                _state = CommitState.Closed;
            }

            FailAllStaged();
            _ended.TrySetResult();
        }
    }

    /// <summary>Waits until there is something to commit and it is time for it; false when the log closes and nothing is left.</summary>
    private bool WaitForWork()
    {
        while (true)
        {
            if (_spaceFound)
            {
                ComeBack();
            }

            var staged = Staged();
            if (staged.Cost > 0)
            {
                if (staged.Cost < _options.SmallCommitBytes && !_closing && _pacer.NextWait() is var wait && wait > TimeSpan.Zero)
                {
                    // Monitor waits in whole milliseconds; rounding down would make it no wait at all.
                    Wait(WaitingForMore, (int)Math.Ceiling(wait.TotalMilliseconds));
                    _pacer.Waited(staged.Count, Staged().Count);
                }

                return true;
            }

            if (_closing)
            {
                return false;
            }

            Wait(WaitingForAny, Timeout.Infinite);
        }
    }

    private void Wait(int kind, int milliseconds)
    {
        lock (_gate)
        {
            Volatile.Write(ref _waiting, kind);
            Interlocked.MemoryBarrier();
            var staged = Staged().Cost;
            if (!_closing && !_spaceFound && staged < (kind == WaitingForAny ? 1 : _options.SmallCommitBytes))
            {
                Monitor.Wait(_gate, milliseconds);
            }

            Volatile.Write(ref _waiting, NotWaiting);
        }
    }

    private (long Cost, int Count) Staged()
    {
        var cost = 0L;
        var count = 0;
        foreach (var appender in _appenders)
        {
            cost += appender.StagedCost;
            count += appender.StagedCount;
        }

        return (cost, count);
    }

    private void Take()
    {
        // Half a segment at most, so that a commit always fits into a new one; who comes too late this time is first the next.
        var left = _options.SegmentBytes / 2;
        var appenders = _appenders;
        _taken.Clear();
        for (var i = 0; i < appenders.Length; i++)
        {
            var appender = appenders[(_turn + i) % appenders.Length];
            var disposed = appender.IsDisposed;
            if (appender.Take(left) is { } batch)
            {
                left -= batch.Cost;
                _taken.Add((appender, batch));
            }
            else if (disposed && appender.StagedCount == 0)
            {
                ImmutableInterlocked.Update(ref _appenders, static (list, item) => list.Remove(item), appender);
            }
        }

        _turn = appenders.Length == 0 ? 0 : (_turn + 1) % appenders.Length;
    }

    private void Commit()
    {
        // 1. Lay out the chunks and find room.
        _plan.Layout(_taken);
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _marks.CopyTo(_next, 0);
        var commit = _commit + 1; // never used twice, even if this fails: see SegmentScan.Follows
        try
        {
            if (_active.MustRotate(_plan.TotalBytes, now))
            {
                _active.Rotate(new SegmentEnd(_active.Position, _outboxSequence, _commit, (PartitionMark[])_marks.Clone()));
            }

            _commit = commit;

            // 2. Write.
            _plan.Encode(_active.Header.SegmentId, _active.Position, commit, now, _next);
            _plan.WriteTo(_active.File, _active.Position);
        }
        catch (DiskFullException e)
        {
            _commit = commit;
            Stop(CommitState.Full, e);
            return;
        }
        catch (Exception e)
        {
            Stop(CommitState.Failed, e);
            return;
        }

        // 3. Sync. After a failure the kernel may have dropped the pages: a second sync would report success for nothing.
        try
        {
            _active.File.SyncData();
        }
        catch (Exception e)
        {
            Stop(CommitState.Failed, e);
            return;
        }

        // 4. Show it to readers.
        _active.Advance(_plan.TotalBytes);
        _next.CopyTo(_marks, 0);
        Interlocked.Exchange(ref _outboxSequence, Math.Max(_outboxSequence, _plan.OutboxSequence));
        foreach (var chunk in _plan.Chunks)
        {
            _active.Index[chunk.Partition].Add(chunk.Entry);
            _heads[chunk.Partition].MoveTo(chunk.Mark);
        }

        Interlocked.Increment(ref _commits);
        Interlocked.Add(ref _records, _plan.Records);
        Interlocked.Add(ref _bytes, _plan.TotalBytes);

        // 5. Tell who waits.
        CompleteTaken(durable: true);
    }

    private void Stop(CommitState state, Exception e)
    {
        _state = state;
        if (state == CommitState.Full)
        {
            Log.Full(_logger, e);
        }
        else
        {
            Log.Failed(_logger, e);
        }

        CompleteTaken(durable: false);
        FailAllStaged();
    }

    private void ComeBack()
    {
        _spaceFound = false;
        if (_state != CommitState.Full)
        {
            return;
        }

        _state = CommitState.Open;
        Log.Open(_logger);
        foreach (var appender in _appenders)
        {
            appender.SignalBatch(_observerThrew);
        }
    }

    private void CompleteTaken(bool durable)
    {
        foreach (var (appender, batch) in _taken)
        {
            appender.Complete(batch, durable, _observerThrew);
        }

        _taken.Clear();
    }

    private void FailAllStaged()
    {
        foreach (var appender in _appenders)
        {
            if (appender.Take(long.MaxValue) is { } batch)
            {
                appender.Complete(batch, durable: false, _observerThrew);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Error, "Event log: the disk is full; records are refused until there is space. Reading goes on.")]
        public static partial void Full(ILogger logger, Exception e);

        [LoggerMessage(31, LogLevel.Critical, "Event log: a write or sync has failed; records are refused until the hub is started again. Reading goes on.")]
        public static partial void Failed(ILogger logger, Exception e);

        [LoggerMessage(32, LogLevel.Information, "Event log: there is space again; records are taken.")]
        public static partial void Open(ILogger logger);

        [LoggerMessage(33, LogLevel.Error, "Event log: an observer has thrown.")]
        public static partial void ObserverThrew(ILogger logger, Exception e);
    }
}
