using System.Buffers;
using Nave.Amqp;

namespace Nave.Client;

/// <summary>
/// One AMQP connection over a stream: what comes goes into the engine, what the engine gives goes out, both under <see cref="Gate"/>. Many frames
/// leave in one write: while one write runs, the next is filled. Whoever calls the engine holds the gate, and calls <see cref="Flush"/> after it.
/// </summary>
internal sealed class AmqpPeer : IAmqpConnectionHandler, IAmqpOutput, IThreadPoolWorkItem, IAsyncDisposable
{
    private const int InitialReadBytes = 4 * 1024;
    private const int BusyReadBytes = 128 * 1024;

    // A few events of Event Hubs' premium tier, which may have 1 MiB each, cut into frames and mixed with those of other partitions.
    private const int MaxPartialBytes = 64 * 1024 * 1024;

    // An orderly close leaves at once; the peer's answer is not worth waiting for longer.
    private static readonly TimeSpan s_closeTimeout = TimeSpan.FromSeconds(2);

    private readonly Stream _stream;
    private readonly AmqpPeerOptions _options;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _gone = new();
    private readonly long _started;
    private readonly ITimer _timer;
    private PooledBuffer _pending = new();
    private PooledBuffer _writing = new();
    private byte[] _received = ArrayPool<byte>.Shared.Rent(InitialReadBytes);
    private int _receivedLength;
    private bool _flushing;
    private bool _leaving;
    private bool _over;
    private Task _reading = Task.CompletedTask;

    private AmqpPeer(Stream stream, AmqpPeerOptions options)
    {
        _stream = stream;
        _options = options;
        _started = options.TimeProvider.GetTimestamp();
        Engine = AmqpConnection.CreateClient(
            new AmqpConnectionOptions
            {
                ContainerId = $"nave-{Guid.NewGuid():N}",
                HostName = options.HostName,
                IdleTimeout = (int)options.IdleTimeout.TotalMilliseconds,
                MaxPartialBytes = MaxPartialBytes,
                Sasl = options.Sasl,
                Properties = AmqpMap.Fields(("product", "nave")),
            },
            this,
            this);
        _timer = options.TimeProvider.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets the lock around the engine and all of its sessions and links.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Gets the engine; used under <see cref="Gate"/> only.</summary>
    public AmqpConnection Engine { get; }

    public TimeProvider Time => _options.TimeProvider;

    public TimeSpan OperationTimeout => _options.OperationTimeout;

    public string HostName => _options.HostName;

    /// <summary>Gets what ends when the connection is over, never with an exception: <see cref="Fault"/> says why.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Gets what is cancelled when the connection is over.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>Gets why the connection ended; <see langword="null"/> while it is open, or if this side closed it.</summary>
    public AmqpPeerException? Fault { get; private set; }

    /// <summary>Opens a connection over a stream, which it owns from now on.</summary>
    /// <exception cref="AmqpPeerException">The peer refused, closed, or did not answer in time.</exception>
    public static async Task<AmqpPeer> OpenAsync(Stream stream, AmqpPeerOptions options, CancellationToken cancellationToken)
    {
        var peer = new AmqpPeer(stream, options);
        try
        {
            lock (peer.Gate)
            {
                peer.Engine.Start();
                peer.Flush();
            }

            peer._reading = peer.ReadAsync();
            peer.Tick();
            await peer._opened.Task.WaitAsync(options.OperationTimeout, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            return peer;
        }
        catch (Exception e)
        {
            peer.Abort(null);
            await peer.DisposeAsync().ConfigureAwait(false);
            throw e is TimeoutException
                ? new AmqpPeerException(AmqpPeerError.TimedOut, $"{options.HostName} did not open an AMQP connection within {options.OperationTimeout}.")
                : e;
        }
    }

    /// <summary>Has written what the engine gave; the gate is held.</summary>
    public void Flush()
    {
        Engine.Flush();
        if (!_flushing && _pending.Length > 0)
        {
            _flushing = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Cuts the connection off, without a word.</summary>
    public void Abort(AmqpPeerException? reason)
    {
        lock (Gate)
        {
            // What happens to a connection that this side has ended is no fault: the answer to a close, the end of the stream after it.
            if (!_leaving && !_over)
            {
                Fault ??= reason;
            }

            Engine.Terminate();
            End();
        }

        _stream.Dispose();
    }

    /// <summary>Closes in good order if the peer plays along, and ends in any case.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (Gate)
        {
            _leaving = true;
            if (!_over)
            {
                Engine.Close();
                Flush();
            }
        }

        try
        {
            await _closed.Task.WaitAsync(s_closeTimeout, Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Abort(null);
        }

        await _stream.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    void IAmqpOutput.Write(ReadOnlySpan<byte> bytes) => _pending.Write(bytes);

    void IAmqpConnectionHandler.OnOpen(AmqpConnection connection, AmqpOpen open) => _opened.TrySetResult();

    // A server has nothing to attach here.
    void IAmqpConnectionHandler.OnAttach(AmqpSenderLink link) => link.Refuse(new AmqpError(AmqpCondition.NotAllowed, "A client takes no links."));

    void IAmqpConnectionHandler.OnAttach(AmqpReceiverLink link) => link.Refuse(new AmqpError(AmqpCondition.NotAllowed, "A client takes no links."));

    void IAmqpConnectionHandler.OnClose(AmqpConnection connection, AmqpError? reason, bool byPeer)
    {
        if (_leaving)
        {
            // The peer's answer.
        }
        else if (reason is not null)
        {
            Fault ??= AmqpFailure.Of(reason, $"The connection to {HostName} was closed");
        }
        else if (byPeer)
        {
            Fault ??= new AmqpPeerException(AmqpPeerError.NotConnected, $"{HostName} closed the connection.");
        }

        End();
    }

    void IThreadPoolWorkItem.Execute() => _ = WriteAsync();

    // The gate is held.
    private void End()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        _opened.TrySetException(Fault ?? new AmqpPeerException(AmqpPeerError.NotConnected, $"The connection to {HostName} ended before it was open."));

        // Nobody need have waited for it.
        _ = _opened.Task.Exception;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _closed.TrySetResult();

        // Whoever waits for the end goes on elsewhere, and not under this lock.
        ThreadPool.UnsafeQueueUserWorkItem(static peer => peer._gone.Cancel(), this, preferLocal: false);
        if (!_flushing)
        {
            _flushing = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var count = await _stream.ReadAsync(FreeSpace()).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new EndOfStreamException("The peer closed the connection.");
                }

                if (!Process(count))
                {
                    return;
                }
            }
        }
        catch (Exception e)
        {
            // Whatever the stream threw, the connection is over, and those who use it hear why.
            Abort(new AmqpPeerException(AmqpPeerError.NotConnected, $"The connection to {HostName} is lost: {e.Message}", inner: e));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(_received);
            _received = [];
        }
    }

    private Memory<byte> FreeSpace()
    {
        if (_receivedLength == _received.Length)
        {
            Grow(Math.Max(_received.Length * 2, BusyReadBytes));
        }

        return _received.AsMemory(_receivedLength);
    }

    private bool Process(int count)
    {
        _receivedLength += count;
        lock (Gate)
        {
            var consumed = Engine.Receive(_received.AsSpan(0, _receivedLength), out var needed);
            Flush();
            _received.AsSpan(consumed, _receivedLength - consumed).CopyTo(_received);
            _receivedLength -= consumed;
            if (needed > _received.Length)
            {
                // The engine has held it against the largest frame.
                Grow(needed);
            }

            return !_over;
        }
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        _received.AsSpan(0, _receivedLength).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_received);
        _received = larger;
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                lock (Gate)
                {
                    if (_pending.Length == 0)
                    {
                        _flushing = false;
                        if (!_over)
                        {
                            return;
                        }

                        break;
                    }

                    (_pending, _writing) = (_writing, _pending);
                }

                await _stream.WriteAsync(_writing.Memory).ConfigureAwait(false);
                _writing.Clear();
            }

            // Everything has left, and nothing more will.
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Abort(new AmqpPeerException(AmqpPeerError.NotConnected, $"The connection to {HostName} is lost: {e.Message}", inner: e));
        }
    }

    private void Tick()
    {
        lock (Gate)
        {
            if (_over)
            {
                return;
            }

            var now = (long)Time.GetElapsedTime(_started).TotalMilliseconds;
            var next = Engine.Tick(now);
            Flush();
            if (next > 0 && !_over)
            {
                _timer.Change(TimeSpan.FromMilliseconds(Math.Max(next - now, 1)), Timeout.InfiniteTimeSpan);
            }
        }
    }
}
