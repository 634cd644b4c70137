using System.Buffers;
using Nave.Mqtt;

namespace Nave.Client;

/// <summary>
/// One open MQTT connection: reads packets into its owner, and writes what its owner encoded. Many packets leave in one write: while
/// one write runs, or waits for its turn on the thread pool, the next is filled.
/// </summary>
internal sealed class MqttConnection : IThreadPoolWorkItem, IAsyncDisposable
{
    // Idle clients by the thousand: small until a packet or a full read needs more.
    private const int InitialReadBytes = 1024;
    private const int BusyReadBytes = 16 * 1024;

    // A hub sends at most 256 KiB of body and properties, and a topic.
    private const int MaxPacketBytes = 512 * 1024;

    private readonly Stream _stream;
    private readonly IMqttConnectionOwner _owner;
    private readonly TimeProvider _time;
    private PooledBuffer _pending = new();
    private PooledBuffer _writing = new();
    private byte[] _received = ArrayPool<byte>.Shared.Rent(InitialReadBytes);
    private int _receivedLength;
    private bool _flushing;
    private bool _closing;
    private int _disposed;

    public MqttConnection(Stream stream, IMqttConnectionOwner owner, TimeProvider time)
    {
        _stream = stream;
        _owner = owner;
        _time = time;
        LastReceived = LastSent = time.GetTimestamp();
    }

    /// <summary>Gets where the owner encodes, under its lock.</summary>
    public PooledBuffer Output => _pending;

    public long LastReceived { get; private set; }

    public long LastSent { get; private set; }

    public bool PingOutstanding { get; set; }

    /// <summary>Gets why this side gave the connection up, or <see langword="null"/>.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Sends CONNECT and waits for CONNACK.</summary>
    public async Task<MqttConnAck> OpenAsync(MqttConnect connect, CancellationToken cancellationToken)
    {
        connect.Encode(_writing);
        await _stream.WriteAsync(_writing.Memory, cancellationToken).ConfigureAwait(false);
        _writing.Clear();
        while (true)
        {
            Received(await _stream.ReadAsync(FreeSpace(), cancellationToken).ConfigureAwait(false));
            if (TryTakeConnAck(out var answer))
            {
                return answer;
            }
        }
    }

    /// <summary>Hands received packets to the owner until the connection ends.</summary>
    /// <exception cref="EndOfStreamException">The hub closed the connection.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        // Packets may have come in the same read as CONNACK.
        Process();
        while (true)
        {
            Received(await _stream.ReadAsync(FreeSpace(), cancellationToken).ConfigureAwait(false));
            Process();
        }
    }

    /// <summary>Has the output written; the owner's lock is held.</summary>
    public void RequestFlush()
    {
        if (!_flushing && _pending.Length > 0)
        {
            _flushing = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Sends DISCONNECT behind everything that is encoded, and then closes; the owner's lock is held.</summary>
    public void RequestClose()
    {
        if (!_closing)
        {
            new MqttDisconnect().Encode(_pending, MqttVersion.V311, MqttSender.Client);
            _closing = true;
            RequestFlush();
        }
    }

    /// <summary>Cuts the connection off, without DISCONNECT.</summary>
    public void Abort(Exception reason)
    {
        Fault ??= reason;
        _stream.Dispose();
    }

    void IThreadPoolWorkItem.Execute() => _ = FlushAsync();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(_received);
            _received = [];
        }
    }

    private async Task FlushAsync()
    {
        try
        {
            while (true)
            {
                bool last;
                lock (_owner.Gate)
                {
                    if (!_closing)
                    {
                        _owner.Refill(this);
                    }

                    if (_pending.Length == 0)
                    {
                        _flushing = false;
                        return;
                    }

                    (_pending, _writing) = (_writing, _pending);
                    last = _closing;
                }

                await _stream.WriteAsync(_writing.Memory, CancellationToken.None).ConfigureAwait(false);
                _writing.Clear();
                LastSent = _time.GetTimestamp();
                if (last)
                {
                    await _stream.DisposeAsync().ConfigureAwait(false);
                    return;
                }
            }
        }
        catch (Exception e)
        {
            // Whatever the stream threw, the connection is over, and its reader reports it.
            Abort(e);
        }
    }

    // Not one async method with Received: each read would allocate its state.
    private Memory<byte> FreeSpace()
    {
        if (_receivedLength == _received.Length)
        {
            // The packet is within the limit, or its header would have been refused.
            Grow(Math.Max(_received.Length * 2, BusyReadBytes));
        }

        return _received.AsMemory(_receivedLength);
    }

    private void Received(int count)
    {
        if (count == 0)
        {
            throw new EndOfStreamException("The hub closed the connection.");
        }

        _receivedLength += count;
        LastReceived = _time.GetTimestamp();
    }

    private void Process()
    {
        ReadOnlySpan<byte> rest = _received.AsSpan(0, _receivedLength);
        lock (_owner.Gate)
        {
            while (MqttFrame.TryRead(ref rest, MaxPacketBytes, out var frame))
            {
                _owner.Receive(this, frame);
            }

            _owner.Refill(this);
            RequestFlush();
        }

        rest.CopyTo(_received);
        _receivedLength = rest.Length;
    }

    private bool TryTakeConnAck(out MqttConnAck answer)
    {
        ReadOnlySpan<byte> rest = _received.AsSpan(0, _receivedLength);
        if (!MqttFrame.TryRead(ref rest, MaxPacketBytes, out var frame))
        {
            answer = new MqttConnAck();
            return false;
        }

        if (frame.Type != MqttPacketType.ConnAck)
        {
            throw new MqttProtocolException(MqttReason.ProtocolError, $"The hub answered CONNECT with {frame.Type}; CONNACK is needed.");
        }

        answer = MqttConnAck.Decode(frame, MqttVersion.V311);
        rest.CopyTo(_received);
        _receivedLength = rest.Length;
        return true;
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        _received.AsSpan(0, _receivedLength).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_received);
        _received = larger;
    }
}
