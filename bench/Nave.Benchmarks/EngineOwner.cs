using System.Buffers;
using Nave.Amqp;

namespace Nave.Benchmarks;

/// <summary>Accepts what comes and settles it at once; keeps what is written only while somebody listens.</summary>
internal sealed class EngineOwner : IAmqpConnectionHandler, IAmqpReceiverHandler, IAmqpSenderHandler, IAmqpOutput
{
    private const int Credit = 500;

    public ArrayBufferWriter<byte>? Output { get; set; }

    public AmqpSenderLink? Outgoing { get; private set; }

    public void OnOpen(AmqpConnection connection, AmqpOpen open)
    {
        if (connection.IsServer)
        {
            connection.SetAuthenticated();
            connection.Accept();
        }
    }

    public void OnAttach(AmqpSenderLink link)
    {
        Outgoing = link;
        link.Accept(this);
    }

    public void OnAttach(AmqpReceiverLink link) => link.Accept(this, new AmqpAcceptOptions { Credit = Credit });

    public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery) => link.Settle(delivery.Id, AmqpOutcome.Accepted);

    public void OnCredit(AmqpSenderLink link)
    {
        // The benchmark sends.
    }

    public void OnDetached(AmqpLink link, AmqpError? reason)
    {
        // Nothing is kept for a link.
    }

    public void OnClose(AmqpConnection connection, AmqpError? reason, bool byPeer)
    {
        // Nor for a connection.
    }

    public void Write(ReadOnlySpan<byte> bytes) => Output?.Write(bytes);
}
