using System.Buffers;
using Nave.Amqp;

namespace Nave.Client.Tests.Fakes;

/// <summary>The server's side of one AMQP connection: the engine over a stream.</summary>
internal sealed class FakeAmqpConnection : IAmqpConnectionHandler, IAmqpOutput, IDisposable
{
    private readonly Stream _stream;
    private readonly FakeEventHub _hub;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ArrayBufferWriter<byte> _output = new();

    public FakeAmqpConnection(Stream stream, FakeEventHub hub)
    {
        _stream = stream;
        _hub = hub;
        Engine = AmqpConnection.CreateServer(
            new AmqpConnectionOptions { ContainerId = "fake", SaslMechanisms = [AmqpSaslMechanism.Anonymous, AmqpSaslMechanism.Plain] }, this, this);
    }

    public Lock Gate { get; } = new();

    public AmqpConnection Engine { get; }

    public List<FakePartitionSender> Senders { get; } = [];

    public async Task RunAsync()
    {
        var buffer = new byte[1 << 20];
        var length = 0;
        try
        {
            while (Engine.State != AmqpConnectionState.Closed)
            {
                var count = await _stream.ReadAsync(buffer.AsMemory(length));
                if (count == 0)
                {
                    break;
                }

                length += count;
                Do(() =>
                {
                    var consumed = 0;
                    do
                    {
                        // What was paused for an answer goes on with the rest.
                        consumed = Engine.Receive(buffer.AsSpan(0, length), out _);
                        buffer.AsSpan(consumed, length - consumed).CopyTo(buffer);
                        length -= consumed;
                    }
                    while (consumed > 0 && length > 0);
                });
                await FlushAsync();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Cut off, by the test or by the client.
        }
        finally
        {
            Do(() => Engine.Terminate());
            _stream.Dispose();
        }
    }

    public void Do(Action action)
    {
        lock (Gate)
        {
            action();
            Engine.Flush();
        }
    }

    public async Task FlushAsync()
    {
        await _writing.WaitAsync();
        try
        {
            byte[] bytes;
            lock (Gate)
            {
                bytes = _output.WrittenSpan.ToArray();
                _output.ResetWrittenCount();
            }

            await _stream.WriteAsync(bytes);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client is gone.
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _stream.Dispose();

    void IAmqpOutput.Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    void IAmqpConnectionHandler.OnSaslInit(AmqpConnection connection, AmqpSaslInit init)
    {
        _hub.Logins.Add(init);
        connection.SaslOutcome(AmqpSaslCode.Ok);
    }

    void IAmqpConnectionHandler.OnOpen(AmqpConnection connection, AmqpOpen open)
    {
        connection.Accept();
        connection.SetAuthenticated();
    }

    void IAmqpConnectionHandler.OnAttach(AmqpSenderLink link) => _hub.Attach(this, link);

    void IAmqpConnectionHandler.OnAttach(AmqpReceiverLink link) => _hub.Attach(this, link);

    void IAmqpConnectionHandler.OnClose(AmqpConnection connection, AmqpError? error, bool byPeer)
    {
        // The reader sees the state.
    }
}
