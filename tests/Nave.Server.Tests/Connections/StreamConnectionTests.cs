using System.Net.Sockets;
using Nave.Server.Connections;

namespace Nave.Server.Tests.Connections;

/// <summary>A connection over a stream, as TLS and WebSocket have it.</summary>
public sealed class StreamConnectionTests : ConnectionContract
{
    private StreamLane? _lane;
    private Task _served = Task.CompletedTask;

    [Fact]
    public async Task A_stream_is_disposed_of_once_however_its_connection_ends()
    {
        var stream = new CountingStream();
        using var lane = new StreamLane(Clock);
        var handler = new FrameHandler();
        var connection = new StreamConnection(lane, stream, Limits, TimeProvider.System) { Handler = handler };
        handler.Connection = connection;
        await connection.RunAsync(); // The stream is at its end at once; the connection closes itself besides.
        await lane.StopAsync();
        await stream.Disposed.WaitAsync(TimeSpan.FromSeconds(30), Token);
        var queued = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static done => done.SetResult(), queued, preferLocal: false); // Behind what the close has queued.
        await queued.Task;
        Assert.Equal(1, stream.Disposals);
    }

    private protected override async Task AcceptAsync(Socket listener, TaskCompletionSource accepted)
    {
        _lane = new StreamLane(Clock);
        var socket = await listener.AcceptAsync(Token);
        var connection = new StreamConnection(_lane, new NetworkStream(socket, ownsSocket: true), Limits, TimeProvider.System) { Handler = Handler };
        Handler.Connection = connection;
        _served = connection.RunAsync();
        accepted.SetResult();
    }

    private protected override async Task StopAsync()
    {
        if (_lane is not null)
        {
            await _lane.StopAsync();
            await _served;
            _lane.Dispose();
        }
    }

    private sealed class CountingStream : MemoryStream
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _disposals;

        public Task Disposed => _disposed.Task;

        public int Disposals => Volatile.Read(ref _disposals);

        protected override void Dispose(bool disposing)
        {
            Interlocked.Increment(ref _disposals);
            _disposed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
