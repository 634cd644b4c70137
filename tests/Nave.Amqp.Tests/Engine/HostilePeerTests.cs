using System.Buffers;
using Nave.Amqp.Wire;
using static Nave.Amqp.Tests.RawClient;

namespace Nave.Amqp.Tests;

/// <summary>What a peer may try that is neither broken nor meant well.</summary>
public sealed class HostilePeerTests
{
    [Fact]
    public void A_second_outcome_of_a_delivery_is_not_sent_and_gives_no_credit()
    {
        var raw = new RawClient();
        raw.Owner.Delivery = (_, _) => { };
        raw.Owner.AcceptOptions = new AmqpAcceptOptions { Credit = 4 };
        raw.WithLink(isReceiver: false);
        var link = raw.Owner.Receivers[0];
        raw.Send(Transfer(0), Transfer(1), Transfer(2), Transfer(3));
        link.Settle(0, AmqpOutcome.Accepted);
        link.Settle(0, AmqpOutcome.Accepted);
        link.Settle(0, AmqpOutcome.Released);
        link.Settle(99, AmqpOutcome.Accepted);
        raw.Engine.Flush();
        Assert.Equal((0, 3), (link.Credit, link.Unsettled));
        var disposition = Assert.Single(raw.Take());
        Assert.Equal(((AmqpValue)0u, (AmqpValue)0u), (disposition.Fields[1], disposition.Fields[2]));
    }

    [Fact]
    public void A_delivery_that_comes_again_before_it_is_settled_costs_the_link()
    {
        var raw = new RawClient();
        raw.Owner.Delivery = (_, _) => { };
        raw.WithLink(isReceiver: false);
        raw.Take();
        var detach = raw.Send(Transfer(7), Transfer(7))[^1];
        Assert.Equal(Descriptor.Detach, detach.Performative);
        Assert.Equal(AmqpCondition.InvalidField, detach.Error(2));
        Assert.Single(raw.Owner.Deliveries);
    }

    [Fact]
    public void A_coordinator_of_transactions_is_refused_and_the_connection_goes_on()
    {
        var raw = new RawClient().WithLink(isReceiver: false);
        raw.Take();
        var coordinator = new AmqpDescribed(0x30ul, AmqpValue.List(AmqpValue.Array(AmqpType.Symbol, AmqpValue.Symbol("amqp:local-transactions"))));
        var seen = raw.Send(List(Descriptor.Attach, "tx", 1u, false, (byte)2, (byte)0, new AmqpDescribed(Descriptor.Source, AmqpValue.List()), coordinator, default, default, 0u));
        Assert.Equal([Descriptor.Attach, Descriptor.Detach], seen.Select(frame => frame.Performative));
        Assert.True(seen[0].Fields[6].IsNull);
        Assert.Equal(AmqpCondition.NotImplemented, seen[1].Error(2));
        Assert.DoesNotContain("attach tx", raw.Owner.Log);
        Assert.Empty(raw.Send(Detach(1)));
        raw.Send(Transfer(0));
        Assert.Single(raw.Owner.Deliveries);
    }

    [Fact]
    public void The_window_of_a_session_is_renewed_before_it_is_used_up_and_credit_is_what_ends()
    {
        var raw = new RawClient(Pair.Options("server") with { IncomingWindow = 4 });
        raw.Owner.AcceptOptions = new AmqpAcceptOptions { Credit = 10 };
        raw.Owner.Delivery = (_, _) => { };
        raw.WithLink(isReceiver: false);
        raw.Take();
        var seen = raw.Send([.. Enumerable.Range(0, 11).Select(i => Transfer((uint)i))]);
        Assert.Equal(10, raw.Owner.Deliveries.Count);
        Assert.Equal([2u, 4u, 6u, 8u, 10u], seen.Where(frame => frame.Performative == Descriptor.Flow).Select(frame => uint.Parse(frame.Fields[0].ToString(), null)));
        Assert.Equal(AmqpCondition.TransferLimitExceeded, seen[^1].Error(2));
        Assert.Equal(Descriptor.Detach, seen[^1].Performative);
    }

    [Fact]
    public void A_message_beyond_the_peers_window_waits_for_it()
    {
        var raw = new RawClient();
        raw.Send(Header, Open(), Begin(window: 2), Attach(isReceiver: true), Flow(credit: 10, window: 2));
        var link = raw.Owner.Senders[0];
        Assert.True(link.TrySend("0"u8, "t"u8, settled: true, out _));
        Assert.True(link.TrySend("1"u8, "t"u8, settled: true, out _));
        Assert.False(link.TrySend("2"u8, "t"u8, settled: true, out _));
        Assert.Equal(2, raw.Take().Count(frame => frame.Performative == Descriptor.Transfer));
        raw.Owner.Credit = sender => sender.TrySend("2"u8, "t"u8, settled: true, out _);
        Assert.Equal("2"u8.ToArray(), Assert.Single(raw.Send(Flow(handle: null, window: 2, nextIncoming: 2))).Payload);
    }

    public static TheoryData<string, int, byte[]> Provocations => new()
    {
        { "echo", 200, Flow(credit: 0, echo: true) },
        { "echo of the session", 200, Flow(handle: null, echo: true) },
        { "drain", 200, Flow(credit: 5, drain: true, count: 0) },
        { "attach and detach", 200, [.. Attach(isReceiver: false, name: "n", handle: 9), .. Detach(9)] },
        { "begin and end", 200, [.. Begin(channel: 5), .. Frame(5, writer => AmqpOpenCodec.WriteEnd(writer, Descriptor.End, null))] },
    };

    [Theory]
    [MemberData(nameof(Provocations))]
    public void A_peer_that_reads_nothing_is_answered_until_the_output_is_full_and_no_further(string what, int rounds, byte[] bytes)
    {
        const int Room = 2_000;
        var output = new Bounded(Room);
        var engine = AmqpConnection.CreateServer(Pair.Options("server"), new Owner(), output);
        ReadOnlySpan<byte> opening = [.. Header, .. Open(), .. Begin(), .. Attach(isReceiver: true)];
        Assert.Equal(opening.Length, engine.Receive(opening, out _));
        output.Clear();

        // It stops in between two frames, and takes nothing more however often it is asked.
        ReadOnlySpan<byte> storm = [.. Enumerable.Repeat(bytes, rounds).SelectMany(one => one)];
        var consumed = engine.Receive(storm, out _);
        Assert.True(consumed < storm.Length, what);
        Assert.InRange(output.Length, Room, Room + 512);
        Assert.Equal(0, engine.Receive(storm[consumed..], out _));

        // With room it goes on where it stopped, and nothing is lost.
        while (consumed < storm.Length)
        {
            output.Clear();
            consumed += engine.Receive(storm[consumed..], out _);
            Assert.InRange(output.Length, 0, Room + 512);
        }

        Assert.Equal(AmqpConnectionState.Open, engine.State);
    }

    private sealed class Bounded(int room) : IAmqpOutput
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public int Length => _bytes.WrittenCount;

        public bool IsFull => Length >= room;

        public void Clear() => _bytes.ResetWrittenCount();

        public void Write(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);
    }
}
