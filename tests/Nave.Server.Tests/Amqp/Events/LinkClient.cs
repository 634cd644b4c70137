using System.Net;
using System.Net.Sockets;
using Nave.Amqp;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp.Events;

/// <summary>A client of the AMQP head over plain TCP, with the engine's client role.</summary>
internal sealed class LinkClient : IAmqpConnectionHandler, IAmqpOutput, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly TcpClient _tcp = new();
    private readonly MemoryStream _output = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<AmqpError?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AmqpConnection _engine;
    private int _links;
    private volatile TaskCompletionSource? _stall;
    private Task _receiving = Task.CompletedTask;

    private LinkClient(string hostName) =>
        _engine = AmqpConnection.CreateClient(new AmqpConnectionOptions { ContainerId = "test", HostName = hostName, IncomingWindow = 5000 }, this, this);

    /// <summary>Gets what ends with the connection, with the error that it ended with.</summary>
    public Task<AmqpError?> Closed => _closed.Task;

    public AmqpSession Session { get; private set; } = null!; // Set before the client is handed out.

    public static async Task<LinkClient> ConnectAsync(int port, string hostName)
    {
        var client = new LinkClient(hostName);
        await client._tcp.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        client._tcp.NoDelay = true;
        client.Do(() =>
        {
            client._engine.Start();
            client.Session = client._engine.Begin();
        });
        client._receiving = Task.Run(client.ReceiveAsync);
        await client._opened.Task.WaitAsync(TestDeadline.Default);
        return client;
    }

    /// <summary>Puts a token.</summary>
    /// <returns>The status: 200, 401, …</returns>
    public async Task<int> PutTokenAsync(string token)
    {
        var replies = await ReceiverAsync("$cbs");
        var requests = await SenderAsync("$cbs");
        var writer = new AmqpWriter();
        writer.Properties(new AmqpPropertiesFields { MessageId = "t" });
        writer.ApplicationProperties(AmqpMap.Strings(("operation", "put-token"), ("type", "servicebus.windows.net:sastoken"), ("name", "x")));
        writer.Body(token);
        _ = requests.Send(writer.Written);
        var reply = await replies.NextAsync();
        requests.Detach();
        replies.Detach();
        await Task.WhenAll(requests.Detached, replies.Detached).WaitAsync(TestDeadline.Default);
        return reply.ApplicationProperties["status-code"].TryGetInteger(out var status) ? (int)status : 0;
    }

    /// <summary>Attaches a link on which the test receives.</summary>
    public async Task<ReceivingLink> ReceiverAsync(string address, Func<AmqpAttach, AmqpAttach>? configure = null, int credit = 100)
    {
        var link = new ReceivingLink(this);
        var attach = new AmqpAttach
        {
            Name = $"r{Interlocked.Increment(ref _links)}",
            Source = new AmqpSource { Address = address },
            Target = new AmqpTarget { Address = "here" },
        };
        Do(() => link.Link = Session.AttachReceiver(configure is null ? attach : configure(attach), link, credit));
        await Task.WhenAny(link.Attached, link.Detached).WaitAsync(TestDeadline.Default);
        return link;
    }

    /// <summary>Attaches a link on which the test sends, and waits for credit.</summary>
    public async Task<SendingLink> SenderAsync(string address)
    {
        var link = new SendingLink(this);
        var attach = new AmqpAttach
        {
            Name = $"s{Interlocked.Increment(ref _links)}",
            Source = new AmqpSource { Address = "here" },
            Target = new AmqpTarget { Address = address },
        };
        Do(() => link.Link = Session.AttachSender(attach, link));
        await Task.WhenAny(link.Ready, link.Detached).WaitAsync(TestDeadline.Default);
        return link;
    }

    /// <summary>Calls the engine, and sends what it writes.</summary>
    public void Do(Action action)
    {
        lock (_lock)
        {
            action();
            Send();
        }
    }

    /// <summary>Reads no more from the socket, but for one buffer.</summary>
    public void Stall() => _stall = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads again.</summary>
    public void Resume()
    {
        var stall = _stall;
        _stall = null;
        stall?.SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        Resume();
        Do(() => _engine.Close());
        _tcp.Dispose();
        await _receiving;
        await _output.DisposeAsync();
    }

    void IAmqpOutput.Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    void IAmqpConnectionHandler.OnOpen(AmqpConnection connection, AmqpOpen open) => _opened.TrySetResult();

    void IAmqpConnectionHandler.OnAttach(AmqpSenderLink link) => link.Refuse(new AmqpError(AmqpCondition.NotImplemented));

    void IAmqpConnectionHandler.OnAttach(AmqpReceiverLink link) => link.Refuse(new AmqpError(AmqpCondition.NotImplemented));

    void IAmqpConnectionHandler.OnClose(AmqpConnection connection, AmqpError? reason, bool byPeer)
    {
        _closed.TrySetResult(reason);
        _opened.TrySetException(new IOException($"The connection was closed: {reason}."));
    }

    private void Send()
    {
        _engine.Flush();
        if (_output.Length == 0)
        {
            return;
        }

        try
        {
            _tcp.GetStream().Write(_output.GetBuffer(), 0, (int)_output.Length);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The server has closed; the read loop tells.
        }

        _output.SetLength(0);
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[1 << 20];
        var filled = 0;
        try
        {
            var stream = _tcp.GetStream();
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(filled));
                if (_stall is { } stall)
                {
                    await stall.Task;
                }

                if (read == 0)
                {
                    break;
                }

                filled += read;
                lock (_lock)
                {
                    var consumed = _engine.Receive(buffer.AsSpan(0, filled), out _);
                    buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
                    filled -= consumed;
                    Send();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The end, below.
        }

        lock (_lock)
        {
            _engine.Terminate();
        }

        _closed.TrySetResult(null);
        _opened.TrySetException(new IOException("The connection was closed."));
    }
}
