namespace Nave.Amqp.Tests;

/// <summary>What a message costs the garbage collector: nothing.</summary>
public sealed class AllocationTests
{
    private const int Messages = 10_000;

    [Fact]
    public void Taking_and_settling_a_message_allocates_nothing()
    {
        var owner = new SilentOwner { Credit = 100 };
        var engine = AmqpConnection.CreateServer(Pair.Options("server"), owner, owner);
        ReadOnlySpan<byte> opening = [.. RawClient.Header, .. RawClient.Open(), .. RawClient.Begin(), .. RawClient.Attach(isReceiver: false)];
        engine.Receive(opening, out _);
        var transfer = RawClient.Transfer(0, payload: new string('x', 256));
        AssertNothing(() => engine.Receive(transfer, out _));
        Assert.Equal(2 * Messages, owner.Deliveries);
    }

    [Fact]
    public void Sending_a_settled_message_allocates_nothing()
    {
        var owner = new SilentOwner();
        var engine = AmqpConnection.CreateServer(Pair.Options("server"), owner, owner);
        ReadOnlySpan<byte> opening =
        [
            .. RawClient.Header, .. RawClient.Open(), .. RawClient.Begin(window: int.MaxValue), .. RawClient.Attach(isReceiver: true),
            .. RawClient.Flow(credit: int.MaxValue, window: int.MaxValue),
        ];
        engine.Receive(opening, out _);
        var message = new byte[256];
        AssertNothing(() => Assert.True(owner.Sender!.TrySend(message, "12345678"u8, settled: true, out _)));
    }

    // Less than a byte a message: the runtime may allocate now and then for itself, when it compiles a method anew.
    private static void AssertNothing(Action work)
    {
        for (var i = 0; i < Messages; i++)
        {
            work();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++)
        {
            work();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Messages - 1);
    }

    private sealed class SilentOwner : IAmqpConnectionHandler, IAmqpReceiverHandler, IAmqpSenderHandler, IAmqpOutput
    {
        public int Credit { get; init; }

        public long Deliveries { get; private set; }

        public AmqpSenderLink? Sender { get; private set; }

        public void OnOpen(AmqpConnection connection, AmqpOpen open)
        {
            connection.SetAuthenticated();
            connection.Accept();
        }

        public void OnAttach(AmqpSenderLink link)
        {
            Sender = link;
            link.Accept(this);
        }

        public void OnAttach(AmqpReceiverLink link) => link.Accept(this, new AmqpAcceptOptions { Credit = Credit });

        public void OnDelivery(AmqpReceiverLink link, in AmqpDelivery delivery)
        {
            Deliveries++;
            link.Settle(delivery.Id, AmqpOutcome.Accepted);
        }

        public void OnCredit(AmqpSenderLink link)
        {
        }

        public void OnDetached(AmqpLink link, AmqpError? reason)
        {
        }

        public void OnClose(AmqpConnection connection, AmqpError? reason, bool byPeer)
        {
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
        }
    }
}
