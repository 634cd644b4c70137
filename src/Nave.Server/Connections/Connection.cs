using Nave.Hub.Connections;

namespace Nave.Server.Connections;

/// <summary>A byte stream to one peer, whatever carries it. Every member may be used from any thread.</summary>
internal abstract class Connection
{
    private readonly Lock _timerGate = new();
    private long _handlerDeadline;
    private long _stallDeadline;
    private volatile bool _closing;

    protected Connection(IoLane lane, ConnectionLimits limits)
    {
        Lane = lane;
        Limits = limits;
    }

    /// <summary>Gets the lane on whose thread the connection lives.</summary>
    public IoLane Lane { get; }

    /// <summary>Gets or sets the protocol; set before the first byte is read.</summary>
    public required IConnectionHandler Handler { get; init; }

    /// <summary>Gets what counts the connection, told when it ends; <see langword="null"/> if nobody counts.</summary>
    public AcceptGate? Gate { get; init; }

    /// <summary>Gets or sets a value indicating whether the peer may use the full read buffer.</summary>
    public bool IsTrusted { get; set; }

    /// <summary>Gets a value indicating whether the connection is being closed.</summary>
    public bool IsClosing
    {
        get => _closing;
        protected set => _closing = value;
    }

    /// <summary>Gets a value indicating whether the peer leaves so much unread that no more should be sent than must.</summary>
    public abstract bool IsStalled { get; }

    // The wheel's own fields, guarded by its lock.
    internal Connection? WheelNext { get; set; }

    internal Connection? WheelPrevious { get; set; }

    internal long WheelDeadline { get; set; }

    internal int WheelSlot { get; set; } = -1;

    protected ConnectionLimits Limits { get; }

    /// <summary>Sends bytes, or keeps them until the peer takes them.</summary>
    /// <returns><see langword="false"/> if the connection is closing; more than <see cref="ConnectionLimits.OutputMaxBytes"/> waiting closes it.</returns>
    public abstract bool Send(ReadOnlySpan<byte> bytes);

    /// <summary>Stops calling <see cref="IConnectionHandler.OnReceived"/>; to be called from within it.</summary>
    public abstract void PauseReading();

    /// <summary>Goes on reading, with what was not consumed before.</summary>
    public abstract void ResumeReading();

    /// <summary>Closes at once. Only the first call counts.</summary>
    public abstract void Close(CloseReason reason);

    /// <summary>Closes once the peer had a chance to read what was sent.</summary>
    public abstract void CloseGently(CloseReason reason);

    /// <summary>Sets when <see cref="IConnectionHandler.OnTimer"/> is called.</summary>
    /// <param name="deadline">On the lane's clock, in milliseconds; 0 = never.</param>
    public void SetDeadline(long deadline)
    {
        lock (_timerGate)
        {
            _handlerDeadline = deadline;
            Rearm();
        }
    }

    /// <summary>Called by the lane when the earliest deadline has passed.</summary>
    internal void OnDue(long now)
    {
        bool stalled, handler;
        lock (_timerGate)
        {
            stalled = _stallDeadline > 0 && _stallDeadline <= now;
            handler = _handlerDeadline > 0 && _handlerDeadline <= now;
        }

        if (stalled)
        {
            Close(CloseReason.ProtocolError);
            return;
        }

        var next = handler ? TimeOut(now) : -1;
        lock (_timerGate)
        {
            if (next >= 0)
            {
                _handlerDeadline = next;
            }

            Rearm();
        }
    }

    /// <summary>Hands bytes to the handler. A bug there costs this connection, not the others of its lane.</summary>
    protected int Receive(ReadOnlySpan<byte> data, out int needed)
    {
        try
        {
            return Handler.OnReceived(data, out needed);
        }
        catch (Exception exception)
        {
            Fail(exception);
            needed = 0;
            return data.Length;
        }
    }

    /// <summary>Tells the handler that output has drained.</summary>
    protected void TellDrained()
    {
        try
        {
            Handler.OnDrained();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>Tells the handler that the connection has ended.</summary>
    protected void TellClosed(CloseReason reason)
    {
        Gate?.Leave();
        try
        {
            Handler.OnClosed(reason);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>Notes that the peer does not take its output, or takes it again.</summary>
    protected void SetStalled(bool stalled)
    {
        lock (_timerGate)
        {
            _stallDeadline = stalled ? Lane.Now + (long)Limits.OutputStallTimeout.TotalMilliseconds : 0;
            Rearm();
        }
    }

    private long TimeOut(long now)
    {
        try
        {
            return Handler.OnTimer(now);
        }
        catch (Exception exception)
        {
            Fail(exception);
            return 0;
        }
    }

    private void Fail(Exception exception)
    {
        Handler.OnFailed(exception);
        Close(CloseReason.ProtocolError);
    }

    private void Rearm()
    {
        var deadline = _handlerDeadline;
        if (_stallDeadline > 0 && (deadline == 0 || _stallDeadline < deadline))
        {
            deadline = _stallDeadline;
        }

        Lane.Wheel.Set(this, deadline);
    }
}
