using System.Buffers.Binary;
using System.Collections.Concurrent;
using Nave.Hub.Connections;
using Nave.Server.Connections;

namespace Nave.Server.Tests.Connections;

/// <summary>A little protocol for tests of the transports: frames of a 4-byte length (itself included) and a body.</summary>
internal sealed class FrameHandler : IConnectionHandler
{
    private readonly TaskCompletionSource<CloseReason> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;

    public ConcurrentQueue<byte[]> Frames { get; } = new();

    public Task<CloseReason> Closed => _closed.Task;

    public int Reads { get; private set; }

    public int Drained { get; private set; }

    public int Timers { get; private set; }

    /// <summary>Gets or sets what happens with each frame; true = hold reading up behind it.</summary>
    public Func<byte[], bool>? OnFrame { get; set; }

    public Func<long, long>? Timer { get; set; }

    public Exception? Failure { get; private set; }

    public Connection? Connection { get; set; }

    public static byte[] Frame(ReadOnlySpan<byte> body)
    {
        var frame = new byte[body.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        body.CopyTo(frame.AsSpan(4));
        return frame;
    }

    public void Start(Connection connection) => Connection = connection;

    public int OnReceived(ReadOnlySpan<byte> data, out int needed)
    {
        Assert.Equal(0, Interlocked.Exchange(ref _inside, 1));
        Reads++;
        needed = 0;
        var at = 0;
        while (data.Length - at >= 4)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(data[at..]);
            if (data.Length - at < length)
            {
                needed = length;
                break;
            }

            var body = data.Slice(at + 4, length - 4).ToArray();
            at += length;
            Frames.Enqueue(body);
            Volatile.Write(ref _inside, 0);
            var held = OnFrame?.Invoke(body) == true;
            Volatile.Write(ref _inside, 1);
            if (held)
            {
                Connection!.PauseReading();
                break;
            }
        }

        Volatile.Write(ref _inside, 0);
        return at;
    }

    public long OnTimer(long now)
    {
        Timers++;
        return Timer?.Invoke(now) ?? 0;
    }

    public void OnDrained() => Drained++;

    public void OnFailed(Exception exception) => Failure = exception;

    public void OnStopping() => Connection!.Close(CloseReason.ServerShutdown);

    public void OnClosed(CloseReason reason)
    {
        Assert.Equal(0, Volatile.Read(ref _inside));
        Assert.True(_closed.TrySetResult(reason), "A connection ends once.");
    }
}
