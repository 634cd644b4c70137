using Nave.Amqp.Wire;

namespace Nave.Amqp.Tests;

/// <summary>A client that sends what it likes to a server's engine.</summary>
internal sealed class RawClient
{
    private readonly OutputBuffer _output = new();

    public RawClient(AmqpConnectionOptions? options = null, bool isServer = true)
    {
        options ??= Pair.Options("server");
        Engine = isServer ? AmqpConnection.CreateServer(options, Owner, _output) : AmqpConnection.CreateClient(options, Owner, _output);
    }

    public Owner Owner { get; } = new();

    public AmqpConnection Engine { get; }

    public static byte[] Header { get; } = AmqpProtocolHeader.Amqp.ToArray();

    public static byte[] SaslHeader { get; } = AmqpProtocolHeader.Sasl.ToArray();

    public static byte[] Frame(ushort channel, Action<AmqpWriter> write, byte type = AmqpFrame.AmqpType, byte[]? payload = null)
    {
        var writer = new AmqpWriter();
        AmqpFrame.Begin(writer, type, channel);
        write(writer);
        writer.Raw(payload ?? []);
        AmqpFrame.End(writer);
        return writer.Written.ToArray();
    }

    public static byte[] List(ulong descriptor, params AmqpValue[] fields) => Frame(0, writer => writer.Value(new AmqpDescribed(descriptor, AmqpValue.List(fields))));

    public static byte[] Sasl(ulong descriptor, params AmqpValue[] fields) =>
        Frame(0, writer => writer.Value(new AmqpDescribed(descriptor, AmqpValue.List(fields))), AmqpFrame.SaslType);

    public static byte[] Open(string container = "raw") => List(Descriptor.Open, container);

    public static byte[] Begin(ushort channel = 0, uint window = 100) => Frame(channel, writer =>
        new AmqpBegin { IncomingWindow = window, OutgoingWindow = 100, HandleMax = 100 }.Write(writer));

    public static byte[] Attach(bool isReceiver, string name = "l", uint handle = 0, AmqpReceiverSettleMode mode = default) => Frame(0, writer =>
        AmqpAttachCodec.Write(writer, new AmqpAttach
        {
            Name = name,
            Handle = handle,
            IsReceiver = isReceiver,
            ReceiverSettleMode = mode,
            Source = new AmqpSource { Address = "/from" },
            Target = new AmqpTarget { Address = "/to" },
            InitialDeliveryCount = isReceiver ? null : 0,
        }));

    public static byte[] Flow(uint? handle = 0, uint credit = 10, bool drain = false, bool echo = false, uint window = 100, uint nextIncoming = 0, uint? count = 0) =>
        Frame(0, writer => new AmqpFlow
        {
            NextIncomingId = nextIncoming,
            IncomingWindow = window,
            OutgoingWindow = 100,
            Handle = handle,
            DeliveryCount = handle is null ? null : count,
            LinkCredit = handle is null ? null : credit,
            Drain = drain,
            Echo = echo,
        }.Write(writer));

    public static byte[] Transfer(uint? id, string payload = "x", uint handle = 0, bool more = false, bool settled = false, bool aborted = false) => Frame(
        0,
        writer => new AmqpTransfer { Handle = handle, DeliveryId = id, Tag = "t"u8, More = more, Settled = settled, Aborted = aborted }.Write(writer),
        payload: System.Text.Encoding.UTF8.GetBytes(payload));

    public static byte[] Disposition(bool isReceiver, uint first, uint last, bool settled, AmqpOutcome? outcome) => Frame(0, writer =>
        new AmqpDisposition { IsReceiver = isReceiver, First = first, Last = last, Settled = settled, Outcome = outcome }.Write(writer));

    public static byte[] Detach(uint handle = 0, bool closed = true, AmqpError? error = null) => Frame(0, writer =>
        new AmqpDetach { Handle = handle, Closed = closed, Error = error }.Write(writer));

    public static byte[] End() => List(Descriptor.End, default(AmqpValue));

    public static byte[] Close() => List(Descriptor.Close, default(AmqpValue));

    /// <summary>Sends, and gives what came back.</summary>
    public List<Seen> Send(params byte[][] frames)
    {
        var bytes = frames.SelectMany(frame => frame).ToArray();
        while (bytes.Length > 0)
        {
            var consumed = Engine.Receive(bytes, out _);
            bytes = bytes[consumed..];
            if (consumed == 0)
            {
                break;
            }
        }

        return Take();
    }

    public List<Seen> Take() => Seen.All(_output.Take());

    /// <summary>Opens, begins a session, attaches a link.</summary>
    public RawClient WithLink(bool isReceiver, AmqpReceiverSettleMode mode = default)
    {
        Send(Header, Open(), Begin(), Attach(isReceiver, mode: mode));
        return this;
    }
}
