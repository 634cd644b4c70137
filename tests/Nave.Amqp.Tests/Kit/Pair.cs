namespace Nave.Amqp.Tests;

/// <summary>A client and a server, back to back; what one writes the other gets, in pieces of any size.</summary>
internal sealed class Pair
{
    private readonly OutputBuffer _fromClient = new();
    private readonly OutputBuffer _fromServer = new();
    private readonly Random? _pieces;
    private byte[] _toServer = [];
    private byte[] _toClient = [];

    public Pair(AmqpConnectionOptions? client = null, AmqpConnectionOptions? server = null, int? seed = null)
    {
        _pieces = seed is { } value ? new Random(value) : null;
        Client = AmqpConnection.CreateClient(client ?? Options("client"), ClientOwner, _fromClient);
        Server = AmqpConnection.CreateServer(server ?? Options("server"), ServerOwner, _fromServer);
    }

    public Owner ClientOwner { get; } = new();

    public Owner ServerOwner { get; } = new();

    public AmqpConnection Client { get; }

    public AmqpConnection Server { get; }

    /// <summary>Gets every byte that the server got.</summary>
    public List<byte> ClientBytes { get; } = [];

    /// <summary>Gets every byte that the client got.</summary>
    public List<byte> ServerBytes { get; } = [];

    public static AmqpConnectionOptions Options(string name) => new() { ContainerId = name, IdleTimeout = 0 };

    /// <summary>Opens, begins one session.</summary>
    public AmqpSession Begin()
    {
        Client.Start();
        Run();
        var session = Client.Begin();
        Run();
        return session;
    }

    public AmqpSenderLink AttachSender(string name = "s", AmqpSenderSettleMode mode = AmqpSenderSettleMode.Mixed)
    {
        var link = Client.Sessions.First().AttachSender(
            new AmqpAttach { Name = name, SenderSettleMode = mode, Source = new AmqpSource(), Target = new AmqpTarget { Address = "/to" } }, ClientOwner);
        Run();
        return link;
    }

    public AmqpReceiverLink AttachReceiver(int credit, string name = "r", AmqpReceiverSettleMode mode = AmqpReceiverSettleMode.First)
    {
        var link = Client.Sessions.First().AttachReceiver(
            new AmqpAttach { Name = name, ReceiverSettleMode = mode, Source = new AmqpSource { Address = "/from" }, Target = new AmqpTarget() }, ClientOwner, credit);
        Run();
        return link;
    }

    /// <summary>Brings everything across until nobody has anything to say.</summary>
    public void Run()
    {
        for (var rounds = 0; ; rounds++)
        {
            Assert.True(rounds < 100_000, "The two sides never come to rest.");
            _toServer = [.. _toServer, .. Taken(_fromClient, ClientBytes)];
            _toClient = [.. _toClient, .. Taken(_fromServer, ServerBytes)];
            var before = (_toServer.Length, _toClient.Length);
            _toServer = Give(Server, _toServer);
            _toClient = Give(Client, _toClient);
            _toServer = [.. _toServer, .. Taken(_fromClient, ClientBytes)];
            _toClient = [.. _toClient, .. Taken(_fromServer, ServerBytes)];
            if (before == (_toServer.Length, _toClient.Length))
            {
                return;
            }
        }
    }

    private static byte[] Taken(OutputBuffer output, List<byte> all)
    {
        var bytes = output.Take();
        all.AddRange(bytes);
        return bytes;
    }

    private byte[] Give(AmqpConnection to, byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return bytes;
        }

        if (_pieces is null)
        {
            return bytes[to.Receive(bytes, out _)..];
        }

        // A piece at a time, what was not consumed in front of the next.
        var rest = bytes;
        var end = 0;
        while (end < rest.Length)
        {
            end = Math.Min(rest.Length, end + _pieces.Next(1, 40));
            var consumed = to.Receive(rest.AsSpan(0, end), out var needed);
            Assert.InRange(consumed, 0, end);
            rest = rest[consumed..];
            end -= consumed;
            Assert.True(needed == 0 || needed > end || to.IsPaused || to.State == AmqpConnectionState.Closed, "It knew what was needed and did not take it.");
        }

        return rest;
    }
}
