using Nave.Amqp;

namespace Nave.Fuzz.Amqp;

/// <summary>An owner that does a bit of everything, and counts what must come in pairs.</summary>
internal sealed class FuzzOwner : IAmqpConnectionHandler, IAmqpSenderHandler, IAmqpReceiverHandler
{
    // Some settled, some not, each in two frames of a client; a conversation stays short enough to be changed as a whole.
    private const int MaxSent = 4;

    private static readonly byte[] s_message = Message();
    private readonly List<(AmqpReceiverLink Link, uint Id)> _unsettled = [];
    private int _messages;

    /// <summary>Gets how many links were accepted or attached and not yet reported as gone.</summary>
    public int Links { get; private set; }

    /// <summary>Gets how many bytes of messages were sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Gets a value indicating whether the end was told.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Gets a value indicating whether this side ended it for a reason.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>A client says everything at once.</summary>
    public void Start(AmqpConnection engine)
    {
        if (!engine.IsServer)
        {
            engine.Start();
        }
    }

    /// <summary>Later answers: settles half of what waits.</summary>
    public void Work(AmqpConnection engine)
    {
        for (var i = _unsettled.Count - 1; i >= 0; i -= 2)
        {
            _unsettled[i].Link.Settle(_unsettled[i].Id, i % 3 == 0 ? AmqpOutcome.Released : AmqpOutcome.Accepted);
            _unsettled.RemoveAt(i);
        }

        engine.Flush();
    }

    public void OnSaslInit(AmqpConnection connection, AmqpSaslInit init)
    {
        if (init.Mechanism == "TPM")
        {
            connection.SaslChallenge("challenge"u8);
        }
        else
        {
            connection.SaslOutcome(init.InitialResponse.Length == 1 ? AmqpSaslCode.Auth : AmqpSaslCode.Ok);
        }
    }

    public void OnSaslResponse(AmqpConnection connection, ReadOnlySpan<byte> response) => connection.SaslOutcome(AmqpSaslCode.Ok);

    public void OnOpen(AmqpConnection connection, AmqpOpen open)
    {
        if (connection.IsServer)
        {
            connection.Accept();
            return;
        }

        var session = connection.Begin();
        Links += 2;
        session.AttachSender(new AmqpAttach { Name = "s", Source = new AmqpSource(), Target = new AmqpTarget { Address = "to" } }, this);
        session.AttachReceiver(new AmqpAttach { Name = "r", Source = new AmqpSource { Address = "from" }, Target = new AmqpTarget() }, this, 10);
    }

    public void OnAttach(AmqpSenderLink link)
    {
        if (link.Name.StartsWith('x'))
        {
            link.Refuse(new AmqpError(AmqpCondition.NotFound));
            return;
        }

        Links++;
        link.Accept(this);
    }

    public void OnAttach(AmqpReceiverLink link)
    {
        Links++;
        link.Accept(this, new AmqpAcceptOptions { Credit = 4, MaxMessageSize = 1_000 });
    }

    public void OnClose(AmqpConnection connection, AmqpError? reason, bool byPeer)
    {
        if (IsClosed)
        {
            throw new InvalidOperationException("The end was told twice.");
        }

        IsClosed = true;
        HasFailed = !byPeer && reason is not null;
    }

    public void OnDetached(AmqpLink link, AmqpError? reason) => Links--;

    public void OnCredit(AmqpSenderLink link)
    {
        while (_messages < MaxSent && link.TrySend(s_message, "0123456789abcdef"u8, settled: _messages % 2 == 0, out _))
        {
            _messages++;
            Sent += s_message.Length + 400;
        }
    }

    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
    {
        AmqpMessage.Parse(delivery.Payload);
        if (delivery.IsSettled)
        {
            return;
        }

        if (delivery.Id % 2 == 0)
        {
            link.Settle(delivery.Id, AmqpOutcome.Accepted);
        }
        else
        {
            _unsettled.Add((link, delivery.Id));
        }
    }

    private static byte[] Message()
    {
        var writer = new AmqpWriter();
        writer.Properties(new AmqpPropertiesFields { MessageId = "m1" });
        writer.Data(new byte[600]);
        return writer.Written.ToArray();
    }
}
