using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Nave.Server.Connections;

/// <summary>
/// One thread that accepts for all listeners of a host. Apart from the event loops, for a burst of new connections must not hold up
/// those that are served: a loop takes them in a few at a time.
/// </summary>
internal sealed unsafe partial class AcceptLoop : IDisposable
{
    private const int MaxEvents = 8;

    // Beside the listeners' descriptors, which are never negative.
    private const ulong WakeData = ulong.MaxValue;

    private readonly AcceptGate _gate;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly int _epoll;
    private readonly int _wake;
    private readonly Dictionary<int, TcpAcceptor> _acceptors = [];
    private ITimer? _timer;
    private volatile bool _ticked;
    private volatile bool _stopping;

    public AcceptLoop(string name, AcceptGate gate, TimeProvider time, ILogger logger)
    {
        _gate = gate;
        _time = time;
        _logger = logger;
        _epoll = Check(LibC.EpollCreate(LibC.CloseOnExec), "epoll_create1");
        _wake = Check(LibC.EventFd(0, LibC.CloseOnExec | LibC.NonBlocking), "eventfd");
        Watch(LibC.EpollAdd, _wake, LibC.EpollIn | LibC.EpollEdge, WakeData);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    /// <summary>Accepts from a listener, and owns it; to be called before <see cref="Start"/>.</summary>
    public void Add(TcpAcceptor acceptor)
    {
        _acceptors.Add(acceptor.Descriptor, acceptor);
        Watch(LibC.EpollAdd, acceptor.Descriptor, LibC.EpollIn, (ulong)acceptor.Descriptor);
    }

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _timer = _time.CreateTimer(
            _ =>
            {
                _ticked = true;
                Wake();
            },
            null,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1));
        _thread.Start();
    }

    /// <summary>Ends the thread and closes the listeners.</summary>
    public void Stop()
    {
        _timer?.Dispose();
        _stopping = true;
        Wake();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        foreach (var acceptor in _acceptors.Values)
        {
            acceptor.Dispose();
        }

        _acceptors.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _ = LibC.Close(_epoll);
        _ = LibC.Close(_wake);
    }

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call} failed");

    private void Watch(int operation, int fd, int events, ulong data) =>
        _ = Check(LibC.TryWatch(_epoll, operation, fd, events, data) ? 0 : -1, "epoll_ctl");

    private void Wake()
    {
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
        }
        catch (Exception exception)
        {
            // Nobody could connect any more: a bug, and better a restart than a server that looks alive.
            Log.LoopFailed(_logger, exception);
            Environment.FailFast("The loop that accepts failed.", exception);
        }
    }

    private void RunOnce()
    {
        var records = stackalloc byte[MaxEvents * 16];
        var count = LibC.EpollWait(_epoll, records, MaxEvents, -1);
        if (count < 0)
        {
            _ = Check(Marshal.GetLastPInvokeError() == LibC.Eintr ? 0 : -1, "epoll_wait");
        }

        for (var i = 0; i < count && !_stopping; i++)
        {
            var data = *(ulong*)(records + (i * LibC.EventSize) + LibC.EventDataOffset);
            if (data != WakeData && !_acceptors[(int)data].Accept())
            {
                // Enough for this second, or no descriptors: the rest waits in the listen queue.
                Watch(LibC.EpollModify, (int)data, 0, data);
            }
        }

        if (_ticked)
        {
            _ticked = false;
            _gate.NextSecond();
            foreach (var fd in _acceptors.Keys)
            {
                Watch(LibC.EpollModify, fd, LibC.EpollIn, (ulong)fd);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "The loop that accepts connections failed.")]
        public static partial void LoopFailed(ILogger logger, Exception exception);
    }
}
