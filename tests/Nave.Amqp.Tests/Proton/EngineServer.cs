using System.Net;
using System.Net.Sockets;

namespace Nave.Amqp.Tests;

/// <summary>The engine behind a TCP port, one connection after the other; what a link does depends on its address.</summary>
internal sealed class EngineServer : IDisposable
{
    // Proton sends an empty frame when half of it has passed; nothing is closed for it here.
    private const int IdleTimeout = 1_000;

    private static readonly byte[] s_emptyFrame = [0, 0, 0, 8, 2, 0, 0, 0];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly Dictionary<AmqpSenderLink, int> _sent = [];
    private bool _sawEmptyFrame;

    public EngineServer()
    {
        _listener.Start();
        _loop = Task.Run(RunAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Gets what the owner of the last connection wrote down.</summary>
    public Owner Owner { get; private set; } = new();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    /// <summary>Waits for the end of the loop, to see its exceptions.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        try
        {
            await _loop;
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // That is how it stops.
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            using var socket = await _listener.AcceptSocketAsync(_stop.Token);
            await ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        var output = new OutputBuffer();
        Owner = Rules();
        var engine = AmqpConnection.CreateServer(
            new AmqpConnectionOptions { ContainerId = "nave", SaslMechanisms = ["ANONYMOUS", "PLAIN"], IdleTimeout = IdleTimeout }, Owner, output);
        byte[] pending = [];
        var buffer = new byte[70_000];
        while (engine.State != AmqpConnectionState.Closed)
        {
            var count = await socket.ReceiveAsync(buffer, _stop.Token);
            if (count == 0)
            {
                engine.Terminate();
                return;
            }

            pending = [.. pending, .. buffer.AsSpan(0, count)];
            pending = pending[engine.Receive(pending, out _)..];
            if (!_sawEmptyFrame && buffer.AsSpan(0, count).EndsWith(s_emptyFrame))
            {
                OnEmptyFrame(engine);
            }

            for (var bytes = output.Take(); bytes.Length > 0; bytes = bytes[await socket.SendAsync(bytes, _stop.Token)..])
            {
                // Until all is sent.
            }
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    // The clock is not the real one: nobody is closed because a machine is slow.
    private void OnEmptyFrame(AmqpConnection engine)
    {
        _sawEmptyFrame = true;
        engine.Tick(0);
        for (var now = 0L; now <= (engine.Peer!.IdleTimeout ?? 0) / 2; now += IdleTimeout)
        {
            engine.Receive(s_emptyFrame, out _);
            engine.Tick(now);
        }

        foreach (var link in _sent.Keys.ToArray())
        {
            SendMessages(link);
        }
    }

    private Owner Rules()
    {
        var owner = new Owner();
        owner.SaslInit = (connection, init) =>
        {
            var good = init.Mechanism == AmqpSaslMechanism.Anonymous
                || (AmqpSaslPlain.TryParse(init.InitialResponse, out var user, out var password) && (user, password) == ("user", "password"));
            connection.SaslOutcome(good ? AmqpSaslCode.Ok : AmqpSaslCode.Auth);
        };
        owner.Open = (connection, _) =>
        {
            connection.SetAuthenticated();
            connection.Accept();
        };
        owner.Attach = link =>
        {
            var address = link is AmqpSenderLink ? link.Peer!.Source?.Address : link.Peer!.Target?.Address;
            switch (link)
            {
                case { } when address == "/refuse":
                    link.Refuse(new AmqpError(AmqpCondition.UnauthorizedAccess, "No."));
                    break;
                case AmqpSenderLink sender:
                    _sent[sender] = 0;
                    sender.Accept(owner);
                    break;
                case AmqpReceiverLink receiver:
                    receiver.Accept(owner);
                    break;
            }
        };
        owner.Delivery = (link, delivery) => link.Settle(delivery.Id, link.Peer!.Target!.Address switch
        {
            "/reject" => AmqpOutcome.Rejected(new AmqpError(AmqpCondition.NotAllowed, "No.")),
            "/release" => AmqpOutcome.Released,
            "/modify" => AmqpOutcome.Modified(true, false),
            _ => AmqpOutcome.Accepted,
        });
        owner.Credit = SendMessages;
        owner.Drain = link =>
        {
            SendMessages(link);
            link.Drained();
        };
        return owner;
    }

    private void SendMessages(AmqpSenderLink link)
    {
        var parts = link.Peer!.Source!.Address!.Split('/');
        if (parts is [.., "idle"] && !_sawEmptyFrame)
        {
            return;
        }

        var (count, size) = (int.Parse(parts[2], null), int.Parse(parts[3], null));
        var writer = new AmqpWriter();
        for (; _sent[link] < count && link.CanSend; _sent[link]++)
        {
            writer.Clear();
            writer.Properties(new AmqpPropertiesFields { MessageId = $"m{_sent[link]}" });
            writer.ApplicationProperties(AmqpMap.Strings(("number", _sent[link])));
            writer.Data(new byte[size]);
            Assert.True(link.TrySend(writer.Written, Guid.NewGuid().ToByteArray(), settled: false, out _));
        }
    }
}
