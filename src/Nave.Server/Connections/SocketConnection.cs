using System.Buffers;
using System.Runtime.InteropServices;
using Nave.Hub.Connections;

namespace Nave.Server.Connections;

/// <summary>
/// A plain TCP connection of an <see cref="EventLoop"/>. Members named <c>Loop…</c> are for the loop's thread. An idle connection holds no
/// buffer: it reads into the loop's own, and keeps only the tail of an incomplete packet.
/// </summary>
internal sealed unsafe class SocketConnection : Connection
{
    /// <summary>Packets above this are received straight into the connection's own buffer, so that each byte is copied only once or twice.</summary>
    public const int DirectBytes = 16 * 1024;

    private const int SmallestTail = 256;
    private const int LingerMaxBytes = 256 * 1024;

    private readonly EventLoop _loop;

    // Guards the descriptor against use after close, and the output.
    private readonly Lock _gate = new();
    private int _fd;
    private OutputBuffer _output;
    private CloseReason _reason;
    private bool _gentle;
    private bool _stalled;

    // The loop's thread only.
    private byte[]? _tail;
    private int _tailLength;
    private int _needed;
    private bool _paused;
    private bool _readable;
    private bool _hangup;
    private int _lingered = -1;
    private int _commands;

    public SocketConnection(EventLoop loop, int fd, ConnectionLimits limits)
        : base(loop, limits)
    {
        _loop = loop;
        _fd = fd;
    }

    /// <inheritdoc/>
    public override bool IsStalled => Volatile.Read(ref _stalled);

    internal int LoopDescriptor => _fd;

    internal bool LoopIsQueued { get; set; }

    internal ref int Commands => ref _commands;

    /// <inheritdoc/>
    public override bool Send(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (IsClosing)
            {
                return false;
            }

            if (_output.Length == 0 && !TrySendNow(ref bytes))
            {
                CloseLocked(CloseReason.ConnectionLost, gentle: false);
                return false;
            }

            if (bytes.Length > 0 && !Keep(bytes))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override void PauseReading() => _paused = true;

    /// <inheritdoc/>
    public override void ResumeReading() => _loop.Post(this, LoopCommands.Resume);

    /// <inheritdoc/>
    public override void Close(CloseReason reason)
    {
        lock (_gate)
        {
            CloseLocked(reason, gentle: false);
        }
    }

    /// <inheritdoc/>
    public override void CloseGently(CloseReason reason)
    {
        lock (_gate)
        {
            CloseLocked(reason, gentle: true);
        }
    }

    internal void LoopEvent(int events)
    {
        if (_lingered >= 0)
        {
            Linger();
            return;
        }

        if ((events & (LibC.EpollErr | LibC.EpollHup)) != 0)
        {
            // Reset or closed both ways; what was received before is still handled, unless reading is held up.
            _hangup = true;
            if (_paused || IsStalled)
            {
                Close(CloseReason.ConnectionLost);
                return;
            }
        }

        if ((events & LibC.EpollOut) != 0)
        {
            Flush();
        }

        if ((events & LibC.EpollRdHup) != 0)
        {
            _hangup = true;
        }

        if ((events & (LibC.EpollIn | LibC.EpollRdHup | LibC.EpollErr | LibC.EpollHup)) != 0)
        {
            LoopReceive();
        }
    }

    /// <summary>Reads once. Edge-triggered: if more may wait, the connection asks the loop for another turn after the others.</summary>
    internal void LoopReceive()
    {
        _readable = true;
        if (_paused || IsClosing || IsStalled)
        {
            return;
        }

        var direct = _needed > DirectBytes && _tailLength > 0;
        nint room;
        nint count;
        if (direct)
        {
            room = MakeRoom();
            fixed (byte* start = &_tail![_tailLength])
            {
                count = LibC.Receive(_fd, start, room, 0);
            }
        }
        else
        {
            room = IsTrusted ? Limits.ReadBytes : Math.Max(1, Limits.UnauthenticatedBytes - _tailLength);
            fixed (byte* start = &_loop.Buffer[_tailLength])
            {
                count = LibC.Receive(_fd, start, room, 0);
            }
        }

        if (count <= 0)
        {
            var error = count < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error is LibC.Eagain or LibC.Eintr)
            {
                _readable = error == LibC.Eintr;
                if (_hangup && error == LibC.Eagain)
                {
                    Close(CloseReason.ConnectionLost);
                }

                RequestTurn();
                return;
            }

            Close(CloseReason.ConnectionLost);
            return;
        }

        // A short read has drained the socket; the next arrival is a new edge. A hang-up has had its edge already.
        _readable = count == room || _hangup;
        _loop.CountReceived((int)count);
        if (direct)
        {
            _tailLength += (int)count;
            if (_tailLength >= _needed)
            {
                LoopHandleTail();
            }
        }
        else
        {
            var length = _tailLength + (int)count;
            if (_tail is not null)
            {
                _tail.AsSpan(0, _tailLength).CopyTo(_loop.Buffer);
                ReleaseTail();
            }

            Handle(_loop.Buffer.AsSpan(0, length));
        }

        RequestTurn();
    }

    internal void LoopResume()
    {
        _paused = false;
        if (IsClosing)
        {
            return;
        }

        if (_tailLength > 0)
        {
            LoopHandleTail();
        }

        if (_readable && !_paused)
        {
            LoopReceive();
        }
    }

    /// <summary>Ends the connection: the first and only place where the handler is told.</summary>
    /// <returns><see langword="true"/> if the descriptor stays for a moment, so that the peer can read the last words.</returns>
    internal bool LoopClose()
    {
        bool linger;
        lock (_gate)
        {
            if (_output.Length > 0)
            {
                var rest = _output.Span;
                TrySendNow(ref rest);
                _output.Release();
            }

            linger = _gentle && !_hangup;
        }

        Lane.Wheel.Remove(this);
        ReleaseTail();
        TellClosed(_reason);
        if (linger)
        {
            _lingered = 0;
            _ = LibC.Shutdown(_fd, LibC.ShutdownWrite);
            Linger();
        }

        if (_fd >= 0 && !linger)
        {
            LoopCloseDescriptor();
        }

        return _fd >= 0;
    }

    internal void LoopCloseDescriptor()
    {
        if (_fd < 0)
        {
            return;
        }

        _loop.Forget(this);
        _ = LibC.Close(_fd);
        _fd = -1;
    }

    // A close with unread input would send RST, and RST may overtake the last packet: read until the peer's FIN.
    private void Linger()
    {
        while (true)
        {
            nint count;
            fixed (byte* start = _loop.Buffer)
            {
                count = LibC.Receive(_fd, start, Limits.ReadBytes, 0);
            }

            if (count < 0 && Marshal.GetLastPInvokeError() is LibC.Eagain or LibC.Eintr)
            {
                return;
            }

            _lingered += (int)count;
            if (count <= 0 || _lingered > LingerMaxBytes)
            {
                LoopCloseDescriptor();
                return;
            }
        }
    }

    private void LoopHandleTail()
    {
        var tail = _tail!;
        var length = _tailLength;
        _tail = null;
        _tailLength = 0;
        Handle(tail.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(tail);
    }

    private void Handle(ReadOnlySpan<byte> data)
    {
        var consumed = Receive(data, out _needed);
        var rest = data[consumed..];
        if (rest.Length > 0 && !IsClosing)
        {
            _tail = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestTail, rest.Length));
            rest.CopyTo(_tail);
            _tailLength = rest.Length;
        }
    }

    // Grows with what has arrived, not with what was announced.
    private int MakeRoom()
    {
        if (_tail!.Length == _tailLength)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_needed, Math.Max(DirectBytes, 2 * _tailLength)));
            _tail.AsSpan(0, _tailLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_tail);
            _tail = larger;
        }

        return Math.Min(_tail.Length, _needed) - _tailLength;
    }

    private void ReleaseTail()
    {
        if (_tail is not null)
        {
            ArrayPool<byte>.Shared.Return(_tail);
            _tail = null;
            _tailLength = 0;
        }
    }

    private void RequestTurn()
    {
        if (_readable && !_paused && !IsClosing && !IsStalled)
        {
            _loop.Enqueue(this);
        }
    }

    private void Flush()
    {
        bool drained;
        lock (_gate)
        {
            if (_output.Length == 0 || IsClosing)
            {
                return;
            }

            var rest = _output.Span;
            var before = rest.Length;
            if (!TrySendNow(ref rest))
            {
                CloseLocked(CloseReason.ConnectionLost, gentle: false);
                return;
            }

            _output.Consume(before - rest.Length);
            drained = _output.Length == 0;
            if (_stalled && _output.Length <= Limits.OutputPauseBytes / 2)
            {
                Volatile.Write(ref _stalled, false);
                SetStalled(false);
                drained = true;
                _loop.Post(this, LoopCommands.Continue);
            }
        }

        if (drained)
        {
            TellDrained();
        }
    }

    // Leaves in `bytes` what the socket did not take.
    private bool TrySendNow(ref ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            var count = LibC.Send(_fd, start, bytes.Length, LibC.MsgNoSignal);
            if (count >= 0)
            {
                bytes = bytes[(int)count..];
                return true;
            }
        }

        return Marshal.GetLastPInvokeError() is LibC.Eagain or LibC.Eintr;
    }

    private bool Keep(ReadOnlySpan<byte> bytes)
    {
        if (_output.Length + bytes.Length > Limits.OutputMaxBytes)
        {
            CloseLocked(CloseReason.ProtocolError, gentle: false);
            return false;
        }

        _output.Append(bytes);
        if (!_stalled && _output.Length > Limits.OutputPauseBytes)
        {
            Volatile.Write(ref _stalled, true);
            SetStalled(true);
        }

        return true;
    }

    private void CloseLocked(CloseReason reason, bool gentle)
    {
        if (!IsClosing)
        {
            IsClosing = true;
            _reason = reason;
            _gentle = gentle;
            _loop.Post(this, LoopCommands.Close);
        }
    }
}
