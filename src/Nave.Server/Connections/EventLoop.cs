using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Nave.Server.Connections;

/// <summary>
/// One thread that serves many TCP connections through epoll, edge-triggered: a connection is registered once and never again, and an
/// arrival costs one wait (shared), one read, and one write for all its answers. It never waits for more to come: the log's
/// commits are paced, and that alone makes a sparse fleet's messages share a sync and a wake-up. Everything else comes in through <see cref="Post"/>.
/// </summary>
internal sealed unsafe partial class EventLoop : IoLane, IDisposable
{
    private const int MaxEvents = 512;

    // Between two looks at the sockets: a storm of new connections is taken in piece by piece, some 0.1 ms of work each.
    private const int MaxCommands = 16;

    // Data words of epoll records: a descriptor in the low half, what it is in the high half.
    private const ulong KindConnection = 0;
    private const ulong KindWake = 1;

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Thread _thread;
    private readonly int _epoll;
    private readonly int _wake;
    private readonly byte[] _events = new byte[MaxEvents * LibC.EventSize];
    private readonly Lock _postGate = new();
    private readonly Queue<(SocketConnection Connection, long Deadline)> _lingering = new();
    private List<SocketConnection> _posted = [];
    private List<SocketConnection> _working = [];
    private int _worked;
    private int _count;
    private List<SocketConnection> _turns = [];
    private List<SocketConnection> _nextTurns = [];
    private SocketConnection?[] _connections = new SocketConnection?[64];
    private ITimer? _timer;
    private int _wakePending;
    private int _tickPending;
    private volatile bool _stopping;
    private long _received;

    public EventLoop(string name, int bufferBytes, TimeProvider time, ILogger<EventLoop> logger)
        : base(time)
    {
        _logger = logger;
        _time = time;
        Buffer = GC.AllocateUninitializedArray<byte>(bufferBytes, pinned: true);
        _epoll = Check(LibC.EpollCreate(LibC.CloseOnExec), "epoll_create1");
        _wake = Check(LibC.EventFd(0, LibC.CloseOnExec | LibC.NonBlocking), "eventfd");
        _ = Check(LibC.TryWatch(_epoll, LibC.EpollAdd, _wake, LibC.EpollIn | LibC.EpollEdge, KindWake << 32) ? 0 : -1, "epoll_ctl");
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    /// <summary>Gets the read buffer that all connections of this loop share.</summary>
    public byte[] Buffer { get; }

    /// <summary>Gets how many connections this loop serves, or was given to serve.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _timer = _time.CreateTimer(_ => PostTick(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _thread.Start();
    }

    /// <summary>Gives the thread a connection to serve.</summary>
    public void Adopt(SocketConnection connection)
    {
        Interlocked.Increment(ref _count);
        Post(connection, LoopCommands.Open);
    }

    /// <summary>Asks the thread to do something with a connection. Bounded: a connection waits in the queue once, whatever it asks.</summary>
    public void Post(SocketConnection connection, LoopCommands command)
    {
        var before = Interlocked.Or(ref connection.Commands, (int)command);
        if (before == 0)
        {
            lock (_postGate)
            {
                _posted.Add(connection);
            }

            Wake();
        }
    }

    /// <summary>Asks the thread to end; connections that are still open are closed first.</summary>
    public void Stop()
    {
        _timer?.Dispose();
        _stopping = true;
        Wake();
        if (_thread.IsAlive && Environment.CurrentManagedThreadId != _thread.ManagedThreadId)
        {
            _thread.Join();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _ = LibC.Close(_epoll);
        _ = LibC.Close(_wake);
    }

    internal void Enqueue(SocketConnection connection)
    {
        if (!connection.LoopIsQueued)
        {
            connection.LoopIsQueued = true;
            _nextTurns.Add(connection);
        }
    }

    internal void Forget(SocketConnection connection)
    {
        _connections[connection.LoopDescriptor] = null;
        Interlocked.Decrement(ref _count);
    }

    internal void CountReceived(int bytes) => _received += bytes;

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call} failed");

    private void PostTick()
    {
        Volatile.Write(ref _tickPending, 1);
        Wake();
    }

    private void Wake()
    {
        if (Environment.CurrentManagedThreadId == _thread.ManagedThreadId || Interlocked.Exchange(ref _wakePending, 1) != 0)
        {
            return;
        }

        var one = 1UL;
        _ = LibC.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                RunOnce();
            }

            CloseAll();
        }
        catch (Exception exception)
        {
            // Nothing can serve these connections any more: a bug, and better a restart than a silent half.
            Log.LoopFailed(_logger, exception);
            Environment.FailFast("An event loop failed.", exception);
        }
    }

    private void RunOnce()
    {
        var busy = _nextTurns.Count > 0 || HasWork();
        int count;
        fixed (byte* records = _events)
        {
            count = LibC.EpollWait(_epoll, records, MaxEvents, busy ? 0 : -1);
            if (count < 0)
            {
                _ = Check(Marshal.GetLastPInvokeError() == LibC.Eintr ? 0 : -1, "epoll_wait");
                count = 0;
            }

            Refresh();
            for (var i = 0; i < count; i++)
            {
                var record = records + (i * LibC.EventSize);
                Dispatch(*(int*)record, *(ulong*)(record + LibC.EventDataOffset));
            }
        }

        TakeTurns();
        WorkOff(MaxCommands);
        if (Interlocked.Exchange(ref _tickPending, 0) != 0)
        {
            Tick();
        }
    }

    private bool HasWork()
    {
        if (_worked < _working.Count)
        {
            return true;
        }

        lock (_postGate)
        {
            return _posted.Count > 0;
        }
    }

    private void Dispatch(int events, ulong data)
    {
        var fd = (int)(uint)data;
        switch (data >> 32)
        {
            case KindConnection:
                // A connection that was closed a moment ago is gone from the table.
                _connections[fd]?.LoopEvent(events);
                break;
            default:
                // KindWake. Edge-triggered: the counter need not be read.
                Volatile.Write(ref _wakePending, 0);
                break;
        }
    }

    private void TakeTurns()
    {
        (_turns, _nextTurns) = (_nextTurns, _turns);
        foreach (var connection in _turns)
        {
            connection.LoopIsQueued = false;
            connection.LoopReceive();
        }

        _turns.Clear();
    }

    // In order. What is left, and what the work itself posts, is done before the loop waits again.
    private void WorkOff(int limit)
    {
        while (true)
        {
            if (_worked == _working.Count)
            {
                _worked = 0;
                _working.Clear();
                lock (_postGate)
                {
                    if (_posted.Count == 0)
                    {
                        return;
                    }

                    (_posted, _working) = (_working, _posted);
                }
            }

            if (limit-- == 0)
            {
                return;
            }

            var connection = _working[_worked++];
            Obey(connection, (LoopCommands)Interlocked.Exchange(ref connection.Commands, 0));
        }
    }

    private void Obey(SocketConnection connection, LoopCommands commands)
    {
        if ((commands & LoopCommands.Open) != 0)
        {
            Open(connection);
        }

        if ((commands & LoopCommands.Resume) != 0)
        {
            connection.LoopResume();
        }

        if ((commands & LoopCommands.Continue) != 0)
        {
            connection.LoopReceive();
        }

        if ((commands & LoopCommands.Close) != 0 && connection.LoopClose())
        {
            _lingering.Enqueue((connection, Now + 2000));
        }
    }

    private void Open(SocketConnection connection)
    {
        var fd = connection.LoopDescriptor;
        if (fd >= _connections.Length)
        {
            Array.Resize(ref _connections, Math.Max(fd + 1, 2 * _connections.Length));
        }

        _connections[fd] = connection;
        const int Interest = LibC.EpollIn | LibC.EpollOut | LibC.EpollRdHup | LibC.EpollEdge;
        if (!LibC.TryWatch(_epoll, LibC.EpollAdd, fd, Interest, (uint)fd))
        {
            Log.WatchFailed(_logger, Marshal.GetLastPInvokeError());
            connection.Close(Hub.Connections.CloseReason.ConnectionLost);
        }
    }

    private void Tick()
    {
        Turn();
        while (_lingering.TryPeek(out var first) && first.Deadline <= Now)
        {
            _lingering.Dequeue().Connection.LoopCloseDescriptor();
        }
    }

    private void CloseAll()
    {
        WorkOff(int.MaxValue);
        foreach (var connection in _connections)
        {
            connection?.Handler.OnStopping();
            connection?.Close(Hub.Connections.CloseReason.ServerShutdown);
        }

        WorkOff(int.MaxValue);
        foreach (var connection in _connections)
        {
            connection?.LoopCloseDescriptor();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "An event loop failed.")]
        public static partial void LoopFailed(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Warning, "A connection could not be watched (errno {Error}).")]
        public static partial void WatchFailed(ILogger logger, int error);
    }
}
