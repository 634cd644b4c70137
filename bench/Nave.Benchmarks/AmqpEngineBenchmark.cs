using System.Buffers;
using BenchmarkDotNet.Attributes;
using Nave.Amqp;

namespace Nave.Benchmarks;

/// <summary>What one message of 256 bytes costs the engine: taken from a device and settled, and sent settled to a consumer; frames and flows included.</summary>
[MemoryDiagnoser]
public class AmqpEngineBenchmark
{
    private readonly byte[] _message = new byte[300];
    private readonly EngineOwner _owner = new();
    private AmqpConnection _ingest = null!;
    private AmqpConnection _egress = null!;
    private byte[] _transfer = [];

    [GlobalSetup]
    public void Setup()
    {
        _ingest = Server();
        _transfer = Record(client => client.Begin().AttachSender(new AmqpAttach { Name = "s", Source = new AmqpSource(), Target = new AmqpTarget { Address = "to" } }, _owner), _ingest);
        _egress = Server();
        Record(client => client.Begin().AttachReceiver(new AmqpAttach { Name = "r", Source = new AmqpSource { Address = "from" }, Target = new AmqpTarget() }, _owner, int.MaxValue), _egress);
    }

    /// <summary>The same delivery id again and again: it is settled each time.</summary>
    [Benchmark]
    public int ReceiveAndSettle() => _ingest.Receive(_transfer, out _);

    [Benchmark]
    public bool SendSettled() => _owner.Outgoing!.TrySend(_message, "12345678"u8, settled: true, out _);

    private AmqpConnection Server() => AmqpConnection.CreateServer(new AmqpConnectionOptions { ContainerId = "server" }, _owner, _owner);

    // Brings a link about between a client and the server; gives what the client sends for its first message, if it is a sender.
    private byte[] Record(Action<AmqpConnection> attach, AmqpConnection server)
    {
        var (fromClient, fromServer) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        var client = AmqpConnection.CreateClient(
            new AmqpConnectionOptions { ContainerId = "client", IncomingWindow = int.MaxValue }, _owner, new EngineOutput(fromClient));
        _owner.Output = fromServer;
        client.Start();
        attach(client);
        Exchange();
        byte[] transfer = [];
        if (client.Sessions.First().Links.First() is AmqpSenderLink sender)
        {
            sender.TrySend(_message, "12345678"u8, settled: false, out _);
            transfer = fromClient.WrittenSpan.ToArray();
        }

        _owner.Output = null;
        return transfer;

        void Exchange()
        {
            for (var round = 0; round < 4; round++)
            {
                server.Receive(fromClient.WrittenSpan, out _);
                fromClient.ResetWrittenCount();
                client.Receive(fromServer.WrittenSpan, out _);
                fromServer.ResetWrittenCount();
            }
        }
    }
}
