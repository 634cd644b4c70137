using System.Net;
using System.Net.Sockets;
using Nave.Hub.Connections;
using Nave.Server.Connections;
using Nave.Testing;

namespace Nave.Server.Tests.Connections;

/// <summary>What every transport does; each has one line of set-up.</summary>
public abstract class ConnectionContract : IAsyncLifetime
{
    private protected ManualClock Clock { get; } = new();

    private protected FrameHandler Handler { get; } = new();

    private protected ConnectionLimits Limits { get; set; } = new();

    private protected NetworkStream Peer { get; private set; } = null!;

    private Connection Connection => Handler.Connection!;

    [Fact]
    public async Task Frames_arrive_whole_wherever_the_stream_is_cut()
    {
        await ConnectAsync();
        var message = FrameHandler.Frame("first"u8).Concat(FrameHandler.Frame([])).Concat(FrameHandler.Frame("the third one"u8)).ToArray();
        for (var cut = 0; cut <= message.Length; cut++)
        {
            await Peer.WriteAsync(message.AsMemory(0, cut), Token);
            await Task.Yield();
            await Peer.WriteAsync(message.AsMemory(cut), Token);
            await TestDeadline.UntilAsync(() => Handler.Frames.Count == 3, $"three frames, cut at {cut}");
            Assert.Equal("first"u8.ToArray(), Next());
            Assert.Empty(Next());
            Assert.Equal("the third one"u8.ToArray(), Next());
        }
    }

    [Fact]
    public async Task A_frame_that_comes_byte_by_byte_arrives()
    {
        await ConnectAsync();
        foreach (var value in FrameHandler.Frame("slowly"u8))
        {
            await Peer.WriteAsync(new[] { value }, Token);
            await Peer.FlushAsync(Token);
        }

        await TestDeadline.UntilAsync(() => !Handler.Frames.IsEmpty, "the frame");
        Assert.Equal("slowly"u8.ToArray(), Next());
    }

    [Theory]
    [InlineData(16 * 1024)]
    [InlineData(70 * 1024)]
    [InlineData(400 * 1024)]
    public async Task A_frame_larger_than_the_read_buffer_arrives_and_those_behind_it_too(int length)
    {
        await ConnectAsync();
        Connection.IsTrusted = true;
        var body = new byte[length];
        Random.Shared.NextBytes(body);
        for (var i = 0; i < 3; i++)
        {
            await Peer.WriteAsync(FrameHandler.Frame(body), Token);
            await Peer.WriteAsync(FrameHandler.Frame("behind"u8), Token);
        }

        await TestDeadline.UntilAsync(() => Handler.Frames.Count == 6, "six frames");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(body, Next());
            Assert.Equal("behind"u8.ToArray(), Next());
        }
    }

    [Fact]
    public async Task While_reading_is_held_up_nothing_is_handled_and_nothing_is_lost()
    {
        Handler.OnFrame = body => body.Length == 1;
        await ConnectAsync();
        Connection.IsTrusted = true;
        await Peer.WriteAsync(FrameHandler.Frame("A"u8).Concat(FrameHandler.Frame("second"u8)).ToArray(), Token);
        await TestDeadline.UntilAsync(() => Handler.Frames.Count == 1, "the first frame");
        var large = FrameHandler.Frame(new byte[100_000]);
        var written = Peer.WriteAsync(large, Token);

        // What the connection sends is not held up.
        Assert.True(Connection.Send("command"u8));
        Assert.Equal("command"u8.ToArray(), await ReadAsync(7));
        Assert.Single(Handler.Frames);

        Connection.ResumeReading();
        await written;
        await TestDeadline.UntilAsync(() => Handler.Frames.Count == 3, "the other frames");
        Assert.Equal("A"u8.ToArray(), Next());
        Assert.Equal("second"u8.ToArray(), Next());
        Assert.Equal(100_000, Next().Length);
    }

    [Fact]
    public async Task Bytes_sent_from_many_threads_arrive_whole_and_each_threads_in_order()
    {
        await ConnectAsync();
        const int Threads = 4, Each = 500;
        var senders = Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                Assert.True(Connection.Send(FrameHandler.Frame([(byte)thread, (byte)(i >> 8), (byte)i])));
            }
        })).ToArray();
        var next = new int[Threads];
        for (var i = 0; i < Threads * Each; i++)
        {
            var frame = await ReadAsync(7);
            Assert.Equal(next[frame[4]]++, (frame[5] << 8) | frame[6]);
        }

        await Task.WhenAll(senders);
    }

    [Fact]
    public async Task Five_bytes_and_a_farewell_cost_nothing()
    {
        await ConnectAsync();
        await Peer.WriteAsync(new byte[] { 0, 0, 1, 0, 7 }, Token);
        Peer.Socket.Shutdown(SocketShutdown.Send);

        Assert.Equal(CloseReason.ConnectionLost, await Handler.Closed.WaitAsync(TestDeadline.Default, Token));
        Assert.True(Handler.Reads <= 5, $"The handler was called {Handler.Reads} times for five bytes.");
    }

    [Fact]
    public async Task A_reset_ends_the_connection()
    {
        await ConnectAsync();
        Peer.Socket.LingerState = new LingerOption(true, 0);
        Peer.Socket.Close();
        Assert.Equal(CloseReason.ConnectionLost, await Handler.Closed.WaitAsync(TestDeadline.Default, Token));
        Assert.False(Connection.Send("x"u8));
    }

    [Fact]
    public async Task The_first_reason_to_close_counts_and_the_peer_sees_the_end()
    {
        await ConnectAsync();
        Connection.Close(CloseReason.TakenOver);
        Connection.Close(CloseReason.Disabled);
        Assert.Equal(CloseReason.TakenOver, await Handler.Closed.WaitAsync(TestDeadline.Default, Token));
        Assert.Equal(0, await ReadSomeAsync());
    }

    [Fact]
    public async Task Last_words_reach_a_peer_that_is_still_sending()
    {
        Handler.OnFrame = _ =>
        {
            Connection.Send("goodbye"u8);
            Connection.CloseGently(CloseReason.ProtocolError);
            return true;
        };
        await ConnectAsync();

        // Unread input at the time of the close would make the kernel reset the connection, and eat the last words.
        await Peer.WriteAsync(FrameHandler.Frame("x"u8).Concat(new byte[20_000]).ToArray(), Token);
        Assert.Equal("goodbye"u8.ToArray(), await ReadAsync(7));
        Assert.Equal(CloseReason.ProtocolError, await Handler.Closed.WaitAsync(TestDeadline.Default, Token));
    }

    [Fact]
    public async Task A_reader_that_never_drains_is_closed_after_the_time_out()
    {
        Limits = new ConnectionLimits { OutputPauseBytes = 64 * 1024, OutputMaxBytes = 64 * 1024 * 1024, OutputStallTimeout = TimeSpan.FromSeconds(30) };
        await ConnectAsync();
        await FillAsync();
        Clock.Advance(TimeSpan.FromSeconds(20));
        await SettleAsync();
        Assert.False(Connection.IsClosing);

        Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(CloseReason.ProtocolError, await Handler.Closed.WaitAsync(TestDeadline.Default, Token));
    }

    [Fact]
    public async Task A_reader_that_drains_in_time_is_read_from_again()
    {
        Limits = new ConnectionLimits { OutputPauseBytes = 64 * 1024, OutputMaxBytes = 64 * 1024 * 1024 };
        await ConnectAsync();
        var sent = await FillAsync();
        await Peer.WriteAsync(FrameHandler.Frame("held up"u8), Token);
        await SettleAsync();
        Assert.Empty(Handler.Frames);

        await ReadAsync(sent);
        await TestDeadline.UntilAsync(() => !Handler.Frames.IsEmpty, "the frame that was held up");
        Assert.False(Connection.IsStalled);
        await TestDeadline.UntilAsync(() => Handler.Drained > 0, "word that the output has drained");
        Clock.Advance(TimeSpan.FromMinutes(10));
        await SettleAsync();
        Assert.False(Connection.IsClosing);
    }

    [Fact]
    public async Task More_waiting_output_than_permitted_ends_the_connection()
    {
        Limits = new ConnectionLimits { OutputPauseBytes = 1024, OutputMaxBytes = 100_000 };
        await ConnectAsync();
        var chunk = new byte[50_000];
        var sent = 0;
        while (Connection.Send(chunk))
        {
            sent += chunk.Length;
            Assert.True(sent < 256 * 1024 * 1024, "The output is not bounded.");
        }

        Assert.Equal(CloseReason.ProtocolError, await Handler.Closed.WaitAsync(TestDeadline.Default, Token));
    }

    [Fact]
    public async Task A_handler_that_throws_costs_its_own_connection_only()
    {
        Handler.OnFrame = _ => throw new InvalidOperationException("a bug");
        await ConnectAsync();
        await Peer.WriteAsync(FrameHandler.Frame("x"u8), Token);
        Assert.Equal(CloseReason.ProtocolError, await Handler.Closed.WaitAsync(TestDeadline.Default, Token));
        Assert.IsType<InvalidOperationException>(Handler.Failure);
        Assert.Equal(0, await ReadSomeAsync());
    }

    [Fact]
    public async Task The_handlers_deadline_is_kept_and_can_be_moved()
    {
        await ConnectAsync();
        var now = Connection.Lane.Now;
        Handler.Timer = time => time < now + 60_000 ? now + 60_000 : 0;
        Connection.SetDeadline(now + 10_000);
        Clock.Advance(TimeSpan.FromSeconds(9));
        await SettleAsync();
        Assert.Equal(0, Handler.Timers);

        Clock.Advance(TimeSpan.FromSeconds(2));
        await TestDeadline.UntilAsync(() => Handler.Timers == 1, "the first deadline");
        Clock.Advance(TimeSpan.FromSeconds(40));
        await SettleAsync();
        Assert.Equal(1, Handler.Timers);
        Clock.Advance(TimeSpan.FromSeconds(20));
        await TestDeadline.UntilAsync(() => Handler.Timers == 2, "the moved deadline");
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Peer?.Dispose();
        await StopAsync();
        GC.SuppressFinalize(this);
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected abstract Task AcceptAsync(Socket listener, TaskCompletionSource accepted);

    private protected abstract Task StopAsync();

    private protected async Task ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accepted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await peer.ConnectAsync(listener.LocalEndPoint!, Token);
        Peer = new NetworkStream(peer, ownsSocket: true);
        await AcceptAsync(listener, accepted);
        await accepted.Task.WaitAsync(TestDeadline.Default, Token);
    }

    // The lane has looked at its clock at least once since.
    private async Task SettleAsync()
    {
        var before = Connection.Lane.Now;
        Clock.Advance(TimeSpan.FromSeconds(1));
        await TestDeadline.UntilAsync(() => Connection.Lane.Now > before, "a tick");
        await Task.Delay(20, Token);
    }

    private async Task<int> FillAsync()
    {
        var chunk = new byte[16 * 1024];
        var sent = 0;
        for (var still = 0; still < 5;)
        {
            // Stalled for good only when the kernel's buffers are full too.
            if (Connection.IsStalled)
            {
                still++;
                await Task.Delay(20, Token);
                continue;
            }

            still = 0;
            Assert.True(Connection.Send(chunk));
            sent += chunk.Length;
        }

        return sent;
    }

    private byte[] Next() => Handler.Frames.TryDequeue(out var body) ? body : throw new InvalidOperationException("No frame.");

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TestDeadline.Default);
        await Peer.ReadExactlyAsync(bytes, deadline.Token);
        return bytes;
    }

    private async Task<int> ReadSomeAsync()
    {
        try
        {
            return await Peer.ReadAsync(new byte[1], Token);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
