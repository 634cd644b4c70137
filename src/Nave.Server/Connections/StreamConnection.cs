using System.Buffers;
using System.Net.WebSockets;
using Nave.Hub.Connections;

namespace Nave.Server.Connections;

/// <summary>
/// A connection over a <see cref="Stream"/>: TLS, or a WebSocket's bytes. It waits with an empty read, so that an idle connection holds no
/// buffer; what is sent is queued, and written by one writer at a time on the thread pool.
/// </summary>
internal sealed class StreamConnection : Connection, IThreadPoolWorkItem
{
    private const int ReadBytes = 16 * 1024;
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    private readonly StreamLane _lane;
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private int _disposed; // of the stream
    private OutputBuffer _output;
    private int _writingBytes;
    private bool _writing;
    private bool _stalled;
    private bool _paused;
    private bool _gentle;
    private CloseReason _reason;
    private TaskCompletionSource? _resumed;
    private TaskCompletionSource? _written;

    // The reading task only.
    private byte[]? _tail;
    private int _tailLength;
    private int _needed;

    public StreamConnection(StreamLane lane, Stream stream, ConnectionLimits limits, TimeProvider time)
        : base(lane, limits)
    {
        _lane = lane;
        _stream = stream;
        _time = time;
    }

    /// <inheritdoc/>
    public override bool IsStalled => Volatile.Read(ref _stalled);

    private bool IsHeldUp => Volatile.Read(ref _paused) || Volatile.Read(ref _stalled);

    /// <inheritdoc/>
    public override bool Send(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (IsClosing)
            {
                return false;
            }

            var waiting = _output.Length + _writingBytes + bytes.Length;
            if (waiting > Limits.OutputMaxBytes)
            {
                CloseLocked(CloseReason.ProtocolError, gentle: false);
                return false;
            }

            _output.Append(bytes);
            if (!_stalled && waiting > Limits.OutputPauseBytes)
            {
                Volatile.Write(ref _stalled, true);
                SetStalled(true);
            }

            if (!_writing)
            {
                _writing = true;
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override void PauseReading()
    {
        lock (_gate)
        {
            _paused = true;
        }
    }

    /// <inheritdoc/>
    public override void ResumeReading()
    {
        lock (_gate)
        {
            _paused = false;
            WakeReader();
        }
    }

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

    /// <summary>Serves the connection until it ends; ends the handler, disposes the stream, and never throws for what the peer does.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (!_lane.TryAdd(this))
            {
                Close(CloseReason.ServerShutdown);
            }

            await ReadAllAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or WebSocketException or OperationCanceledException)
        {
            // The peer broke the connection, or Close disposed the stream under the read.
        }
        finally
        {
            Close(CloseReason.ConnectionLost);
            await SayFarewellAsync();
            await EndWebSocketAsync();
            await DisposeStreamAsync();
            _lane.Remove(this);
            Return(ref _tail);
            lock (_gate)
            {
                _output.Release();
            }

            TellClosed(_reason);
        }
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = WriteAllAsync();

    private static void Return(ref byte[]? array)
    {
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
            array = null;
        }
    }

    private async Task ReadAllAsync()
    {
        while (!IsClosing)
        {
            // 1. Held up by the handler, or by a reader that does not drain: wait for the signal.
            if (HoldUp() is { } resumed)
            {
                await resumed;
                if (_tailLength > 0 && !IsClosing)
                {
                    Handle(0);
                }

                continue;
            }

            // 2. Nothing is held while nothing comes.
            if (_tailLength == 0)
            {
                _ = await _stream.ReadAsync(Memory<byte>.Empty);
                if (IsHeldUp)
                {
                    continue;
                }
            }

            // 3. Read behind what is left of an incomplete packet.
            Reserve();
            var count = await _stream.ReadAsync(_tail.AsMemory(_tailLength));
            if (count == 0)
            {
                return;
            }

            Handle(count);
        }
    }

    private void Handle(int count)
    {
        var length = _tailLength + count;
        var consumed = length >= _needed ? Receive(_tail.AsSpan(0, length), out _needed) : 0;
        _tailLength = length - consumed;
        if (_tailLength == 0)
        {
            Return(ref _tail);
        }
        else if (consumed > 0)
        {
            _tail.AsSpan(consumed, _tailLength).CopyTo(_tail);
        }
    }

    // Grows with what has arrived, not with what was announced.
    private void Reserve()
    {
        var room = IsTrusted ? ReadBytes : Limits.UnauthenticatedBytes;
        if (_tail is null)
        {
            _tail = ArrayPool<byte>.Shared.Rent(room);
        }
        else if (_tail.Length - _tailLength < 1024)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_tailLength + 1024, 2 * _tail.Length));
            _tail.AsSpan(0, _tailLength).CopyTo(larger);
            Return(ref _tail);
            _tail = larger;
        }
    }

    private Task? HoldUp()
    {
        lock (_gate)
        {
            if (!IsHeldUp || IsClosing)
            {
                return null;
            }

            _resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _resumed.Task;
        }
    }

    private void WakeReader()
    {
        if (!IsHeldUp)
        {
            _resumed?.TrySetResult();
            _resumed = null;
        }
    }

    private async Task WriteAllAsync()
    {
        try
        {
            while (true)
            {
                OutputBuffer batch;
                lock (_gate)
                {
                    batch = _output;
                    _output = default;
                    _writingBytes = batch.Length;
                    if (batch.Length == 0)
                    {
                        _writing = false;
                        _written?.TrySetResult();
                        break;
                    }
                }

                try
                {
                    await _stream.WriteAsync(batch.Memory);
                }
                finally
                {
                    batch.Release();
                }

                CheckDrained();
            }

            TellDrained();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or WebSocketException or OperationCanceledException)
        {
            lock (_gate)
            {
                _written?.TrySetResult();
                CloseLocked(CloseReason.ConnectionLost, gentle: false);
            }
        }
    }

    private void CheckDrained()
    {
        lock (_gate)
        {
            _writingBytes = 0;
            if (_stalled && _output.Length <= Limits.OutputPauseBytes / 2)
            {
                Volatile.Write(ref _stalled, false);
                SetStalled(false);
                WakeReader();
            }
        }
    }

    private async Task SayFarewellAsync()
    {
        Task written;
        lock (_gate)
        {
            if (!_gentle || !_writing)
            {
                return;
            }

            _written ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            written = _written.Task;
        }

        try
        {
            await written.WaitAsync(s_farewell, _time);
        }
        catch (TimeoutException)
        {
            // It does not read; it will not read the rest either.
        }
    }

    private void CloseLocked(CloseReason reason, bool gentle)
    {
        if (IsClosing)
        {
            return;
        }

        IsClosing = true;
        _reason = reason;
        _gentle = gentle;
        _resumed?.TrySetResult();
        _resumed = null;
        if (!gentle || (!_writing && _stream is not WebSocketByteStream))
        {
            // Ends a pending read. Not under the lock: disposal may complete that read on this thread.
            ThreadPool.UnsafeQueueUserWorkItem(static connection => _ = connection.DisposeStreamAsync(), this, preferLocal: false);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static connection => _ = connection.EndAfterFarewellAsync(), this, preferLocal: false);
        }
    }

    private async Task EndAfterFarewellAsync()
    {
        await SayFarewellAsync();
        if (_stream is WebSocketByteStream socket)
        {
            // The read under way sees the peer's end, and goes on from there.
            await TryEndOutputAsync(socket);
            await Task.Delay(s_farewell, _time);
        }

        await DisposeStreamAsync();
    }

    // Once only: a TLS stream that two threads dispose of at the same time may fail in its handles, which would end the process.
    private async Task DisposeStreamAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _stream.DisposeAsync();
        }
    }

    // A WebSocket that is dropped loses what was written just before: its peer confirms the end first, if it is there.
    private async Task EndWebSocketAsync()
    {
        if (!_gentle || _stream is not WebSocketByteStream socket || !await TryEndOutputAsync(socket))
        {
            return;
        }

        using var limit = new CancellationTokenSource(s_farewell, _time);
        try
        {
            await socket.ReadToEndAsync(limit.Token);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or WebSocketException or OperationCanceledException)
        {
            // It is gone, or does not answer.
        }
    }

    private async Task<bool> TryEndOutputAsync(WebSocketByteStream socket)
    {
        try
        {
            await socket.EndOutputAsync().WaitAsync(s_farewell, _time);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or WebSocketException or OperationCanceledException or TimeoutException or InvalidOperationException)
        {
            return false;
        }
    }
}
