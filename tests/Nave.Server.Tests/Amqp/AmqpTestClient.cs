using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Nave.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp;

/// <summary>A client made of the engine's other role: it says what a test wants, and every wait has a deadline.</summary>
internal sealed class AmqpTestClient : IAmqpConnectionHandler, IAmqpOutput, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly TaskCompletionSource<AmqpOpen> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<AmqpError?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<AmqpSession, TaskCompletionSource> _begun = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly AmqpConnection _engine;
    private readonly Stream _stream;
    private Task _reading = Task.CompletedTask;
    private AmqpSession? _session;
    private TaskCompletionSource _mayRead = Signalled();
    private int _links;

    private AmqpTestClient(Stream stream, AmqpConnectionOptions options)
    {
        _stream = stream;
        _engine = AmqpConnection.CreateClient(options, this, this);
    }

    /// <summary>Gets how the connection ended: what the server said, or null.</summary>
    public Task<AmqpError?> Closed => _closed.Task.WaitAsync(TestDeadline.Default);

    /// <summary>Gets or sets a value indicating whether the client reads what the server sends.</summary>
    public bool IsReading
    {
        get => Volatile.Read(ref _mayRead).Task.IsCompleted;
        set
        {
            if (value)
            {
                Volatile.Read(ref _mayRead).TrySetResult();
            }
            else
            {
                Volatile.Write(ref _mayRead, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }
    }

    public static Task<AmqpTestClient> ConnectAsync(int port, string hostName = AmqpTestHub.HostName, AmqpSaslClient? sasl = null, uint idle = 0) =>
        ConnectAsync(port, new AmqpConnectionOptions { ContainerId = "test", HostName = hostName, Sasl = sasl, IdleTimeout = (int)idle });

    public static async Task<AmqpTestClient> ConnectAsync(int port, AmqpConnectionOptions options, SslClientAuthenticationOptions? tls = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (tls is not null)
        {
            var secure = new SslStream(stream);
            await secure.AuthenticateAsClientAsync(tls);
            stream = secure;
        }

        return await StartAsync(stream, options);
    }

    public static async Task<AmqpTestClient> StartAsync(Stream stream, AmqpConnectionOptions options)
    {
        var client = new AmqpTestClient(stream, options);
        client.Turn(engine => engine.Start());
        await client.SendOutputAsync();
        client._reading = client.ReadAsync();
        return client;
    }

    /// <summary>Waits until the server has opened.</summary>
    public Task<AmqpOpen> OpenedAsync() => _opened.Task.WaitAsync(TestDeadline.Default);

    /// <summary>Begins another session, of which later links are part.</summary>
    public async Task<AmqpSession> BeginAsync()
    {
        await OpenedAsync();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        AmqpSession session = null!;
        await DoAsync(engine =>
        {
            session = engine.Begin();
            _begun[session] = begun;
        });
        await begun.Task.WaitAsync(TestDeadline.Default);
        return _session = session;
    }

    /// <summary>Attaches a link on which the client sends, and waits for the answer.</summary>
    public async Task<TestSender> SenderAsync(string address, AmqpMap? properties = null, AmqpSession? session = null, string? name = null)
    {
        session ??= _session ??= await BeginAsync();
        var sender = new TestSender(this);
        var attach = new AmqpAttach
        {
            Name = name ?? $"s{Interlocked.Increment(ref _links)}",
            Source = new AmqpSource(),
            Target = new AmqpTarget { Address = address },
            Properties = properties,
        };
        await DoAsync(_ => sender.Link = session.AttachSender(attach, sender));
        return sender;
    }

    /// <summary>Attaches a link on which the client receives.</summary>
    public async Task<TestReceiver> ReceiverAsync(
        string address,
        int credit = 100,
        AmqpMap? properties = null,
        AmqpSession? session = null,
        string? name = null,
        AmqpReceiverSettleMode settles = AmqpReceiverSettleMode.First,
        AmqpSource? source = null)
    {
        session ??= _session ??= await BeginAsync();
        var receiver = new TestReceiver(this);
        var attach = new AmqpAttach
        {
            Name = name ?? $"r{Interlocked.Increment(ref _links)}",
            Source = source ?? new AmqpSource { Address = address },
            Target = new AmqpTarget(),
            Properties = properties,
            ReceiverSettleMode = settles,
        };
        await DoAsync(_ => receiver.Link = session.AttachReceiver(attach, receiver, credit));
        return receiver;
    }

    /// <summary>Puts a token to <c>$cbs</c>.</summary>
    /// <returns>The status code of the reply.</returns>
    public async Task<int> PutTokenAsync(string token, string audience = "ignored")
    {
        var session = await BeginAsync();
        var sender = await SenderAsync("$cbs", session: session);
        var receiver = await ReceiverAsync("$cbs", session: session);
        var status = await PutTokenAsync(sender, receiver, token, audience);
        await BeginAsync();
        return status;
    }

    /// <summary>Puts a token over links that are there.</summary>
    public static async Task<int> PutTokenAsync(TestSender sender, TestReceiver receiver, string token, string audience = "ignored")
    {
        var id = Guid.NewGuid().ToString();
        await sender.SendAsync(TestMessages.Of(writer =>
        {
            writer.Properties(new AmqpPropertiesFields { MessageId = id, ReplyTo = "cbs"u8 });
            writer.ApplicationProperties(AmqpMap.Strings(("operation", "put-token"), ("type", "servicebus.windows.net:sastoken"), ("name", audience)));
            writer.Body(token);
        }));
        var reply = await receiver.ReceiveAsync();
        Assert.Equal(id, reply.CorrelationId.Text);
        Assert.True(reply.Application["status-code"].TryGetInteger(out var status));
        return (int)status;
    }

    /// <summary>Does something with the engine, and sends what that made.</summary>
    public async Task DoAsync(Action<AmqpConnection> work)
    {
        Turn(work);
        await SendOutputAsync();
    }

    /// <summary>Sends bytes past the engine.</summary>
    public async Task SendRawAsync(byte[] bytes) => await _stream.WriteAsync(bytes, _stop.Token);

    public async Task CloseAsync()
    {
        await DoAsync(engine => engine.Close());
        await Closed;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        await _stream.DisposeAsync();
        await _reading;
        _sending.Dispose();
    }

    private static TaskCompletionSource Signalled()
    {
        var signal = new TaskCompletionSource();
        signal.SetResult();
        return signal;
    }

    void IAmqpOutput.Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    void IAmqpConnectionHandler.OnOpen(AmqpConnection connection, AmqpOpen open) => _opened.TrySetResult(open);

    void IAmqpConnectionHandler.OnBegin(AmqpSession session)
    {
        if (_begun.TryRemove(session, out var begun))
        {
            begun.TrySetResult();
        }
    }

    void IAmqpConnectionHandler.OnAttach(AmqpSenderLink link) => link.Refuse(new AmqpError(AmqpCondition.NotAllowed));

    void IAmqpConnectionHandler.OnAttach(AmqpReceiverLink link) => link.Refuse(new AmqpError(AmqpCondition.NotAllowed));

    void IAmqpConnectionHandler.OnClose(AmqpConnection connection, AmqpError? error, bool byPeer)
    {
        _opened.TrySetException(new IOException($"Closed: {error}"));
        _closed.TrySetResult(error);
    }

    private void Turn(Action<AmqpConnection> work)
    {
        lock (_gate)
        {
            work(_engine);
            _engine.Flush();
        }
    }

    private async Task SendOutputAsync()
    {
        await _sending.WaitAsync();
        try
        {
            byte[] bytes;
            lock (_gate)
            {
                bytes = _output.WrittenSpan.ToArray();
                _output.ResetWrittenCount();
            }

            if (bytes.Length > 0)
            {
                await _stream.WriteAsync(bytes, _stop.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The server has closed; the reader tells.
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 20];
        var length = 0;
        try
        {
            while (true)
            {
                await Volatile.Read(ref _mayRead).Task.WaitAsync(_stop.Token);
                var count = await _stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
                if (count == 0)
                {
                    break;
                }

                length += count;
                Turn(engine =>
                {
                    var consumed = engine.Receive(buffer.AsSpan(0, length), out _);
                    buffer.AsSpan(consumed, length - consumed).CopyTo(buffer);
                    length -= consumed;
                });
                await SendOutputAsync();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The same end.
        }

        Turn(engine => engine.Terminate(new AmqpError("test:eof", "The connection ended.")));
    }
}
