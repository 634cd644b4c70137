using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Nave.Storage.Files;

/// <summary>
/// An event log in segment files: one log for all partitions, so that one sync commits them all. The format is
/// docs/formats/event-log.md.
/// </summary>
public sealed partial class SegmentLog : IEventLog
{
    private readonly SegmentLogOptions _options;
    private readonly ILogger _logger;
    private readonly IDisposable _lock;
    private readonly DamageReporter _damage;
    private readonly SegmentCatalog _catalog;
    private readonly PartitionHead[] _heads;
    private readonly LogKeeper _keeper;
    private readonly Committer _committer;
    private readonly LogReader _reader;
    private readonly BlockPool _pool;
    private readonly OutboxAppender _outbox;
    private int _disposed;

    private SegmentLog(
        SegmentLogOptions options, SegmentFiles files, SegmentFactory factory, RecoveredLog recovered, DamageReporter damage, IDisposable @lock,
        TimeProvider time, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _lock = @lock;
        _damage = damage;
        _catalog = new SegmentCatalog(files, damage);
        _catalog.AddSealed(recovered.Sealed);
        _catalog.AddActive(recovered.Active);
        _heads = [.. recovered.End.Marks.Select((mark, i) => new PartitionHead(mark, recovered.LostFrom[i]))];
        _keeper = new LogKeeper(options, _catalog, factory, recovered.Active.Segment.Number + 1, time, logger);
        var active = new ActiveSegment(recovered.Active, recovered.End.UsedBytes, _catalog, factory, _keeper, options.SegmentAge);
        _committer = new Committer(options, active, _heads, recovered.End, time, logger);
        _keeper.IsFull = () => _committer.State == CommitState.Full;
        _keeper.SpaceFound = _committer.SpaceFound;
        _reader = new LogReader(_catalog, _heads, damage);
        _pool = new BlockPool();
        _outbox = new OutboxAppender(_committer, Create);
    }

    /// <summary>Raised when stored bytes are found damaged, once a place, on whatever thread met them. Must not block or throw.</summary>
    public event Action<LogDamage>? DamageFound
    {
        add => _damage.Found += value;
        remove => _damage.Found -= value;
    }

    /// <inheritdoc/>
    public int PartitionCount => _heads.Length;

    /// <inheritdoc/>
    public long LastOutboxSequence => _committer.OutboxSequence;

    /// <summary>Gets a value indicating whether the log takes writes: false while the disk is full or once it has failed.</summary>
    public bool Available => _committer.Accepts;

    /// <summary>Gets figures of the log.</summary>
    public SegmentLogStatistics Statistics => new(
        _committer.Records, _committer.Bytes, _committer.Commits, _damage.Count, _catalog.Segments.Length, _catalog.TotalBytes);

    /// <summary>Opens a log, or creates it.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="disk">The disk; <see langword="null"/> = that of the machine.</param>
    /// <param name="timeProvider">The clock; <see langword="null"/> = that of the machine.</param>
    /// <param name="logger">Where it tells what happens; <see langword="null"/> = nowhere.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="ArgumentException">The options are wrong; the message has every problem.</exception>
    /// <exception cref="IOException">The folder cannot be used, or another process has the log open.</exception>
    /// <exception cref="DiskFullException">There is no room for the first segment.</exception>
    /// <exception cref="InvalidDataException">The folder holds segments of several logs.</exception>
    public static Task<SegmentLog> OpenAsync(
        SegmentLogOptions options,
        IDisk? disk = null,
        TimeProvider? timeProvider = null,
        ILogger? logger = null,
        CancellationToken cancellationToken = default)
    {
        var problems = options.Validate();
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        // Recovery reads files; no caller should have to wait for that on its own thread.
        return Task.Run(
            () => Open(options, disk ?? SystemDisk.Instance, timeProvider ?? TimeProvider.System, logger ?? NullLogger.Instance, cancellationToken),
            cancellationToken);
    }

    /// <inheritdoc/>
    public ILogAppender CreateAppender(Action? batchCompleted = null)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return Create(batchCompleted);
    }

    /// <inheritdoc/>
    public Task AppendOutboxAsync(IReadOnlyList<OutboxRecord> records, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _outbox.AppendAsync(records, cancellationToken);
    }

    /// <inheritdoc/>
    public LogPartitionState GetState(int partition)
    {
        var mark = Head(partition).Mark;
        return new LogPartitionState(
            Math.Min(_reader.FirstSequence(partition), mark.NextSequence), mark.NextSequence, mark.LastOffset, PartitionMark.ToTime(mark.LastEnqueuedMs));
    }

    /// <inheritdoc/>
    public ValueTask<LogBatch> ReadAsync(int partition, long fromSequence, int maxBytes, CancellationToken cancellationToken)
    {
        _ = Head(partition);
        ArgumentOutOfRangeException.ThrowIfNegative(fromSequence);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);

        // What was written last is in memory. Older data may have to come from the disk: not on the caller's thread.
        return _reader.IsRecent(partition, fromSequence)
            ? new ValueTask<LogBatch>(_reader.Read(partition, fromSequence, maxBytes, cancellationToken))
            : new ValueTask<LogBatch>(Task.Run(() => _reader.Read(partition, fromSequence, maxBytes, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask WaitForAsync(int partition, long sequence, CancellationToken cancellationToken) =>
        Head(partition).WaitAsync(sequence, cancellationToken);

    /// <inheritdoc/>
    public long FindByTime(int partition, DateTimeOffset time)
    {
        _ = Head(partition);
        return _reader.FindByTime(partition, time);
    }

    /// <inheritdoc/>
    public long FindByOffset(int partition, long offset)
    {
        _ = Head(partition);
        return _reader.FindByOffset(partition, offset);
    }

    /// <summary>Commits what is staged and closes the files, within <see cref="SegmentLogOptions.CloseTimeout"/> unless the disk hangs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _committer.Close();
        try
        {
            await _committer.Ended.WaitAsync(_options.CloseTimeout, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            // The files stay open for the thread that hangs in the kernel; the process is about to end anyway.
            Log.CloseTimedOut(_logger, e);
            return;
        }

        foreach (var head in _heads)
        {
            head.Close();
        }

        await Task.Run(_keeper.Dispose).ConfigureAwait(false);
        await Task.Run(MarkEnd).ConfigureAwait(false);
        _catalog.Dispose();
        _lock.Dispose();
    }

    private static SegmentLog Open(SegmentLogOptions options, IDisk disk, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var files = new SegmentFiles(disk, Path.GetFullPath(options.Directory));
        disk.CreateDirectory(files.Directory);
        var held = disk.TryLock(files.Lock)
            ?? throw new IOException($"The event log in '{files.Directory}' is in use: another process has '{files.Lock}' open.");
        try
        {
            var damage = new DamageReporter(logger);
            var factory = new SegmentFactory(files, options.SegmentBytes, options.ReserveBytes, time);
            var recovered = new LogRecovery(files, factory, options.PartitionCount, damage, logger).Run(cancellationToken);
            var log = new SegmentLog(options, files, factory, recovered, damage, held, time, logger);
            if (log.PartitionCount != options.PartitionCount)
            {
                Log.PartitionsKept(logger, files.Directory, log.PartitionCount, options.PartitionCount);
            }

            log._keeper.Start();
            log._committer.Start();
            return log;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private void MarkEnd()
    {
        // After a failed sync nobody knows what is durable.
        if (_committer.State != CommitState.Closed)
        {
            return;
        }

        try
        {
            _committer.EndMark.Save(_catalog.Files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.EndNotMarked(_logger, e);
        }
    }

    private SegmentLogAppender Create(Action? batchCompleted)
    {
        var appender = new SegmentLogAppender(_committer, _pool, PartitionCount, _options.StagingBytes, _options.SmallCommitBytes, batchCompleted);
        _committer.Add(appender);
        return appender;
    }

    private PartitionHead Head(int partition)
    {
        if ((uint)partition >= (uint)_heads.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(partition), partition, $"Partitions 0 to {_heads.Length - 1} exist.");
        }

        return _heads[partition];
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Warning, "Event log: the last commit did not end in time; what it holds was not acknowledged.")]
        public static partial void CloseTimedOut(ILogger logger, Exception e);

        [LoggerMessage(42, LogLevel.Information, "Event log: its end could not be marked; the next start takes a damaged last commit for a torn one.")]
        public static partial void EndNotMarked(ILogger logger, Exception e);

        [LoggerMessage(41, LogLevel.Information, "Event log in {Directory} has {Actual} partitions and keeps them; the setting {Wanted} is for new logs.")]
        public static partial void PartitionsKept(ILogger logger, string directory, int actual, int wanted);
    }
}
