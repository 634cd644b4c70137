using Nave.Hub;
using Nave.Storage;

namespace Nave.Server.Ingest;

/// <summary>
/// What one lane and one hub share on the way in: a staging area, who has acknowledgements to send after a commit, and who waits for room.
/// </summary>
internal sealed class IngestLane : IDisposable
{
    private readonly Lock _gate = new();
    private List<IAcknowledger> _dirty = [];
    private List<IAcknowledger> _flushing = [];
    private List<IHeldSender> _busy = [];
    private List<IHeldSender> _throttled = [];
    private List<IHeldSender>? _spare = [];
    private TaskCompletionSource? _idle;
    private long _staged;
    private long _completed;

    public IngestLane(IotHub hub)
    {
        Hub = hub;
        Appender = hub.Telemetry.CreateAppender(OnBatchCompleted);
    }

    /// <summary>Gets the hub.</summary>
    public IotHub Hub { get; }

    /// <summary>Gets the staging area.</summary>
    public ILogAppender Appender { get; }

    /// <summary>Counts a staged event that will be acknowledged.</summary>
    public void CountStaged() => Interlocked.Increment(ref _staged);

    /// <summary>Counts events whose fate was told. On the commit thread.</summary>
    public void CountCompleted(int count) => Interlocked.Add(ref _completed, count);

    /// <summary>Notes who has acknowledgements to send when the batch is complete. On the commit thread.</summary>
    public void MarkDirty(IAcknowledger intake)
    {
        lock (_gate)
        {
            _dirty.Add(intake);
        }
    }

    /// <summary>Lets a sender go on after the next batch.</summary>
    public void WaitForRoom(IHeldSender sender)
    {
        lock (_gate)
        {
            _busy.Add(sender);
        }
    }

    /// <summary>Lets a sender go on at the next tick.</summary>
    public void WaitForAllowance(IHeldSender sender)
    {
        lock (_gate)
        {
            _throttled.Add(sender);
        }
    }

    /// <summary>Lets all go on who wait: called every second, in case that no batch comes.</summary>
    public void OnTick()
    {
        ResumeAll(ref _busy);
        ResumeAll(ref _throttled);
    }

    /// <summary>Waits until every staged event has been acknowledged.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            if (Volatile.Read(ref _completed) >= Volatile.Read(ref _staged))
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Appender.Dispose();

    // On the commit thread: one write a connection for all its acknowledgements, without a detour through another thread.
    private void OnBatchCompleted()
    {
        lock (_gate)
        {
            (_dirty, _flushing) = (_flushing, _dirty);
        }

        foreach (var intake in _flushing)
        {
            intake.FlushAcknowledgements();
        }

        _flushing.Clear();
        ResumeAll(ref _busy);
        lock (_gate)
        {
            if (_idle is not null && Volatile.Read(ref _completed) >= Volatile.Read(ref _staged))
            {
                _idle.TrySetResult();
                _idle = null;
            }
        }
    }

    private void ResumeAll(ref List<IHeldSender> waiting)
    {
        List<IHeldSender> resumed;
        lock (_gate)
        {
            if (waiting.Count == 0)
            {
                return;
            }

            resumed = waiting;
            waiting = _spare ?? [];
            _spare = null;
        }

        foreach (var sender in resumed)
        {
            sender.ResumeTelemetry();
        }

        resumed.Clear();
        lock (_gate)
        {
            _spare = resumed;
        }
    }
}
