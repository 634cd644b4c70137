using Microsoft.Extensions.Logging;

namespace Nave.Storage.Files;

/// <summary>
/// The housekeeping of a log, on its own thread: prepares the next segment, writes the index of a sealed one, removes
/// what retention allows, and looks whether a full disk has room again.
/// </summary>
internal sealed partial class LogKeeper : IDisposable
{
    private readonly object _gate = new(); // waited on with Monitor
    private readonly SegmentLogOptions _options;
    private readonly SegmentCatalog _catalog;
    private readonly SegmentFactory _factory;
    private readonly RetentionClock _clock;
    private readonly ILogger _logger;
    private readonly Queue<OpenSegment> _sealed = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Thread _thread;
    private readonly ITimer _timer;
    private long _nextNumber;
    private (IDiskFile File, long Number)? _spare;
    private bool _wanted;
    private bool _tick = true; // retention runs at start
    private Exception? _lastError;
    private bool _toldFull;

    public LogKeeper(
        SegmentLogOptions options, SegmentCatalog catalog, SegmentFactory factory, long nextNumber, TimeProvider time, ILogger logger)
    {
        _options = options;
        _catalog = catalog;
        _factory = factory;
        _nextNumber = nextNumber;
        _clock = new RetentionClock(time);
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "nave log keeper" };
        _timer = time.CreateTimer(_ => Tick(), null, options.CheckInterval, options.CheckInterval);
    }

    /// <summary>Sets who is told, on the keeper's thread, that there is room again.</summary>
    public Action? SpaceFound { get; set; }

    /// <summary>Sets what says whether the log is stopped for want of space.</summary>
    public Func<bool>? IsFull { get; set; }

    public void Start() => _thread.Start();

    /// <summary>Asks for the next segment to be prepared.</summary>
    public void WantSpare()
    {
        lock (_gate)
        {
            if (!_wanted && _spare is null)
            {
                _wanted = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Takes the next segment, waiting for it if it is being prepared.</summary>
    /// <exception cref="DiskFullException">It cannot be made now; the keeper goes on trying.</exception>
    public (IDiskFile File, long Number) TakeSpare()
    {
        lock (_gate)
        {
            while (_spare is null)
            {
                if (_closing.IsCancellationRequested)
                {
                    throw new DiskFullException("The log is being closed.");
                }

                if (_lastError is not null)
                {
                    // It is less than a CheckInterval old. Whatever it was, nothing is lost and trying again is harmless.
                    throw new DiskFullException(_lastError.Message, _lastError);
                }

                if (!_wanted)
                {
                    _wanted = true;
                    Monitor.PulseAll(_gate);
                }

                Monitor.Wait(_gate);
            }

            var spare = _spare.Value;
            _spare = null;
            return spare;
        }
    }

    /// <summary>Gets whether a segment is ready to be taken without waiting.</summary>
    public bool HasSpare
    {
        get
        {
            lock (_gate)
            {
                return _spare is not null;
            }
        }
    }

    /// <summary>Hands over a segment whose end is known; takes over one use of it.</summary>
    public void Sealed(OpenSegment segment)
    {
        lock (_gate)
        {
            _sealed.Enqueue(segment);
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _closing.Cancel();
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }

        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _spare?.File.Dispose(); // The next start deletes the file: nothing was written to it.
        _spare = null;
        foreach (var open in _sealed)
        {
            open.RemoveUser(); // The next start builds the index.
        }

        _closing.Dispose();
    }

    private void Tick()
    {
        lock (_gate)
        {
            _tick = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (!_closing.IsCancellationRequested)
        {
            bool wanted, tick;
            OpenSegment? toSave;
            lock (_gate)
            {
                var retry = _lastError is null || _tick;
                if (!(_wanted && retry) && !_tick && _sealed.Count == 0)
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                tick = _tick;
                _tick = false;
                wanted = _wanted && retry;
                _sealed.TryDequeue(out toSave);
            }

            if (toSave is not null)
            {
                Save(toSave);
            }

            if (tick || toSave is not null)
            {
                RunRetention();
            }

            if (wanted || (tick && IsFull?.Invoke() == true))
            {
                Prepare();
            }
        }
    }

    private void Prepare()
    {
        if (!HasSpare)
        {
            IDiskFile? file = null;
            Exception? error = null;
            try
            {
                file = _factory.Create(_nextNumber, _closing.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                error = e;
            }

            Prepared(file, error);
        }

        if (HasSpare && IsFull?.Invoke() == true)
        {
            SpaceFound?.Invoke();
        }
    }

    private void Prepared(IDiskFile? file, Exception? error)
    {
        lock (_gate)
        {
            _lastError = error;
            if (file is not null)
            {
                _spare = (file, _nextNumber++);
                _wanted = false;
            }

            Monitor.PulseAll(_gate);
        }

        if (error is not null && !_toldFull)
        {
            Log.NoSegment(_logger, error);
        }
        else if (error is null && _toldFull)
        {
            Log.SegmentAgain(_logger);
        }

        _toldFull = error is not null;
    }

    private void Save(OpenSegment open)
    {
        try
        {
            SegmentIndexFile.Save(_catalog.Files, open.Segment, open.Index);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.IndexNotSaved(_logger, e, open.Segment.Number);
        }
        finally
        {
            open.RemoveUser();
        }
    }

    private void RunRetention()
    {
        var waited = _clock.IsWaiting;
        var now = _clock.Read();
        if (_clock.IsWaiting && !waited)
        {
            Log.ClockJumped(_logger, now);
        }

        var oldest = _options.RetentionAge is { } age ? (now - age).ToUnixTimeMilliseconds() : long.MinValue;
        try
        {
            while (_catalog.Segments is { Length: > 1 } segments && segments[0].End is { } end)
            {
                // The latest time never steps back from segment to segment, so after a clock error this keeps rather too much.
                var tooOld = _options.RetentionAge is not null && end.MaxEnqueuedMs < oldest;
                var tooBig = _options.RetentionBytes is { } limit && _catalog.TotalBytes > limit;
                if (!tooOld && !tooBig)
                {
                    return;
                }

                Remove(segments[0]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotRemoved(_logger, e);
        }
    }

    private void Remove(Segment segment)
    {
        var files = _catalog.Files;
        _catalog.RemoveFirst();
        files.Disk.Delete(files.Segment(segment.Number));
        files.Disk.Delete(files.Index(segment.Number));
        files.Disk.SyncDirectory(files.Directory);
        Log.Removed(_logger, segment.Number, segment.FileBytes);
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Error, "Event log: the next segment cannot be prepared; writes stop when the current one is full, and come back by themselves.")]
        public static partial void NoSegment(ILogger logger, Exception e);

        [LoggerMessage(21, LogLevel.Information, "Event log: the next segment could be prepared again.")]
        public static partial void SegmentAgain(ILogger logger);

        [LoggerMessage(22, LogLevel.Warning, "Event log: the index of segment {Number} could not be saved and will be built again at the next start.")]
        public static partial void IndexNotSaved(ILogger logger, Exception e, long number);

        [LoggerMessage(23, LogLevel.Information, "Event log: retention has removed segment {Number} ({Bytes} bytes).")]
        public static partial void Removed(ILogger logger, long number, long bytes);

        [LoggerMessage(24, LogLevel.Warning, "Event log: retention could not remove a segment.")]
        public static partial void NotRemoved(ILogger logger, Exception e);

        [LoggerMessage(25, LogLevel.Warning, "Event log: the wall clock has jumped ahead of {Expected}; retention believes it if it stays there for an hour.")]
        public static partial void ClockJumped(ILogger logger, DateTimeOffset expected);
    }
}
