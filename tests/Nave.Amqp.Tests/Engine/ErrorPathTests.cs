using Nave.Amqp.Wire;
using static Nave.Amqp.Tests.RawClient;

namespace Nave.Amqp.Tests;

public sealed class ErrorPathTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("AMQP\0\0\u0009\u0001")]
    [InlineData("AMQP\u0003\u0001\0\0")] // SASL is not offered
    [InlineData("A?")]
    public void Another_protocol_is_answered_with_the_header_that_is_spoken(string bytes)
    {
        var raw = new RawClient();
        var seen = raw.Send(System.Text.Encoding.Latin1.GetBytes(bytes));
        Assert.Equal(Header, Assert.Single(seen).Payload);
        Assert.Equal(AmqpCondition.FramingError, raw.Owner.CloseReason?.Condition);
        Assert.Equal(AmqpConnectionState.Closed, raw.Engine.State);
    }

    [Fact]
    public void A_connection_without_SASL_is_refused_where_it_is_not_allowed()
    {
        var raw = new RawClient(Pair.Options("server") with { SaslMechanisms = ["PLAIN"], AllowsNoSasl = false });
        Assert.Equal(SaslHeader, Assert.Single(raw.Send(Header)).Payload);
        Assert.Equal(AmqpConnectionState.Closed, raw.Engine.State);
    }

    public static TheoryData<string, byte[]> ConnectionErrors => new()
    {
        { AmqpCondition.FramingError, [0, 0, 0, 7, 2, 0, 0, 0] }, // shorter than a header
        { AmqpCondition.FramingError, [0, 1, 0, 1, 2, 0, 0, 0] }, // larger than permitted
        { AmqpCondition.FramingError, [0, 0, 0, 8, 1, 0, 0, 0] }, // the body before the header's end
        { AmqpCondition.FramingError, [0, 0, 0, 8, 3, 0, 0, 0] }, // the body after the frame's end
        { AmqpCondition.FramingError, [0, 0, 0, 8, 2, 1, 0, 0] }, // SASL after the open
        { AmqpCondition.DecodeError, [0, 0, 0, 9, 2, 0, 0, 0, 0x41] }, // no performative
        { AmqpCondition.DecodeError, [0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x14, 0x40] }, // no list
        { AmqpCondition.NotAllowed, List(0x99) },
        { AmqpCondition.NotAllowed, Open() },
        { AmqpCondition.NotAllowed, Begin() }, // the channel is taken
        { AmqpCondition.NotAllowed, Begin(channel: 8192) },
        { AmqpCondition.NotAllowed, List(Descriptor.Begin, (ushort)5, 0u, 1u, 1u) }, // answers nothing
        { AmqpCondition.NotAllowed, Frame(3, writer => new AmqpFlow().Write(writer)) }, // no session
        { AmqpCondition.FramingError, Attach(isReceiver: true, handle: 256) },
        { AmqpCondition.DecodeError, List(Descriptor.Attach, "name") },
        { AmqpCondition.InvalidField, List(Descriptor.Attach, "name", 1u, true, (byte)3) },
        { AmqpCondition.DecodeError, List(Descriptor.Transfer) },
        { AmqpCondition.DecodeError, List(Descriptor.Flow, "x") },
        { AmqpCondition.DecodeError, List(Descriptor.Disposition) },
        { AmqpCondition.InvalidField, List(Descriptor.Transfer, 0u, 0u, new byte[33]) },
    };

    [Theory]
    [MemberData(nameof(ConnectionErrors))]
    public void A_broken_protocol_closes_the_connection_with_its_condition(string condition, byte[] bytes)
    {
        var raw = new RawClient(Pair.Options("server") with { MaxUnauthenticatedFrameSize = 65_536 }).WithLink(isReceiver: false);
        raw.Take();
        var close = raw.Send(bytes)[^1];
        Assert.Equal(Descriptor.Close, close.Performative);
        Assert.Equal(condition, close.Error(0));
        Assert.Equal(["detached l", "end " + condition, "close"], raw.Owner.Log[^3..]);
        Assert.Empty(raw.Send(Flow(), Close()));
    }

    public static TheoryData<string, byte[]> SessionErrors => new()
    {
        { AmqpCondition.HandleInUse, Attach(isReceiver: false, name: "other") },
        { AmqpCondition.NotAllowed, Attach(isReceiver: false, handle: 1) }, // the name is taken
        { AmqpCondition.UnattachedHandle, Transfer(0, handle: 9) },
        { AmqpCondition.UnattachedHandle, Flow(handle: 9) },
        { AmqpCondition.UnattachedHandle, Detach(9) },
        { AmqpCondition.InvalidField, Disposition(isReceiver: true, 5, 4, settled: true, null) },
    };

    [Theory]
    [MemberData(nameof(SessionErrors))]
    public void A_broken_session_ends_with_its_condition(string condition, byte[] bytes)
    {
        var raw = new RawClient().WithLink(isReceiver: false);
        raw.Take();
        var end = Assert.Single(raw.Send(bytes));
        Assert.Equal(Descriptor.End, end.Performative);
        Assert.Equal(condition, end.Error(0));

        // Whatever is on its way is passed over; then the session is gone, and another may begin.
        Assert.Empty(raw.Send(Flow(), Transfer(1), Detach()));
        Assert.Empty(raw.Send(End()));
        Assert.Equal(["detached l", "end"], raw.Owner.Log[^2..]);
        Assert.Equal(Descriptor.Begin, Assert.Single(raw.Send(Begin())).Performative);
    }

    public static TheoryData<string, byte[]> LinkErrors => new()
    {
        { AmqpCondition.InvalidField, Transfer(null) },
        { AmqpCondition.InvalidField, [.. Transfer(0, more: true), .. Transfer(1)] },
        { AmqpCondition.TransferLimitExceeded, [.. Transfer(0), .. Transfer(1), .. Transfer(2)] },
        { AmqpCondition.MessageSizeExceeded, Transfer(0, payload: "12345678901", settled: true) },
        { AmqpCondition.MessageSizeExceeded, [.. Transfer(0, payload: "12345678", more: true, settled: true), .. Transfer(null, payload: "90a", settled: true)] },
    };

    [Theory]
    [MemberData(nameof(LinkErrors))]
    public void A_broken_link_is_detached_with_its_condition(string condition, byte[] bytes)
    {
        var raw = new RawClient();
        raw.Owner.AcceptOptions = new AmqpAcceptOptions { Credit = 2, MaxMessageSize = 10 };
        raw.Owner.Delivery = (_, _) => { };
        raw.WithLink(isReceiver: false);
        raw.Take();
        var detach = raw.Send(bytes)[^1];
        Assert.Equal(Descriptor.Detach, detach.Performative);
        Assert.True(detach.Fields[1].AsBoolean);
        Assert.Equal(condition, detach.Error(2));
        Assert.Empty(raw.Send(Transfer(7), Flow()));
        Assert.DoesNotContain("detached l", raw.Owner.Log);
        raw.Send(Detach());
        Assert.Contains("detached l", raw.Owner.Log);
        Assert.Equal(Descriptor.Attach, raw.Send(Attach(isReceiver: false))[0].Performative);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_message_that_is_too_large_is_rejected_and_the_link_goes_on(bool inParts)
    {
        var raw = new RawClient();
        raw.Owner.AcceptOptions = new AmqpAcceptOptions { Credit = 10, MaxMessageSize = 10 };
        raw.WithLink(isReceiver: false);
        raw.Take();
        var disposition = inParts
            ? Assert.Single(raw.Send(Transfer(0, payload: "12345678", more: true), Transfer(null, payload: "12345678", more: true), Transfer(null)))
            : Assert.Single(raw.Send(Transfer(0, payload: "12345678901")));
        Assert.Equal(Descriptor.Disposition, disposition.Performative);
        Assert.Equal((AmqpValue)Descriptor.Rejected, disposition.Fields[4].AsDescribed!.Descriptor);
        Assert.Equal(AmqpCondition.MessageSizeExceeded, disposition.Fields[4].AsDescribed!.Value.Items![0].AsDescribed!.Value.Items![0].Text);
        Assert.Empty(raw.Owner.Deliveries);
        raw.Send(Transfer(1, payload: "1234567890"));
        Assert.Equal("1234567890"u8.ToArray(), Assert.Single(raw.Owner.Deliveries).Payload);
    }

    [Fact]
    public void A_message_that_the_owner_finds_malformed_is_rejected_with_the_reason()
    {
        var raw = new RawClient();
        raw.Owner.Delivery = (_, delivery) => AmqpMessage.Parse(delivery.Payload);
        raw.WithLink(isReceiver: false);
        raw.Take();
        var disposition = Assert.Single(raw.Send(Transfer(0, payload: "no message")));
        Assert.Equal(AmqpCondition.DecodeError, disposition.Fields[4].AsDescribed!.Value.Items![0].AsDescribed!.Value.Items![0].Text);
    }

    [Fact]
    public void An_aborted_message_is_forgotten()
    {
        var raw = new RawClient().WithLink(isReceiver: false);
        raw.Send(Transfer(0, more: true), Transfer(null, aborted: true), Transfer(1, payload: "next"));
        Assert.Equal("next"u8.ToArray(), Assert.Single(raw.Owner.Deliveries).Payload);
    }

    [Fact]
    public void Parts_of_messages_are_bounded_over_all_links()
    {
        var raw = new RawClient(Pair.Options("server") with { MaxPartialBytes = 10_000 });
        raw.Owner.Open = (connection, _) =>
        {
            connection.SetAuthenticated();
            connection.Accept();
        };
        raw.Send(Header, Open(), Begin());
        for (var i = 0U; i < 4; i++)
        {
            raw.Send(Attach(isReceiver: false, name: $"l{i}", handle: i));
        }

        raw.Take();
        var big = new string('x', 4_000);
        var close = Enumerable.Range(0, 4).SelectMany(i => raw.Send(Transfer((uint)i, big, (uint)i, more: true))).Last();
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, close.Error(0));
    }

    [Fact]
    public void A_peer_that_is_not_authenticated_gets_small_frames_and_few_links()
    {
        var raw = new RawClient().WithLink(isReceiver: false);
        Assert.Equal(AmqpCondition.FramingError, raw.Send([0, 0, 0x20, 1])[^1].Error(0));
        raw = new RawClient();
        raw.Send(Header, Open(), Begin());
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, Enumerable.Range(0, 9).SelectMany(i => raw.Send(Attach(false, $"{i}", (uint)i))).Last().Error(0));
        raw = new RawClient();
        raw.Send(Header, Open());
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, Enumerable.Range(0, 9).SelectMany(i => raw.Send(Begin((ushort)i))).Last().Error(0));
    }

    [Fact]
    public void Before_its_open_a_server_opens_and_closes_so_that_the_client_reads_why()
    {
        var raw = new RawClient();
        var seen = raw.Send(Header, Begin());
        Assert.Equal([Descriptor.None, Descriptor.Open, Descriptor.Close], seen.Select(frame => frame.Performative));
        raw = new RawClient();
        raw.Owner.Open = (connection, _) => connection.Close(new AmqpError(AmqpCondition.NotFound, "No such hub."));
        seen = raw.Send(Header, Open());
        Assert.Equal([Descriptor.None, Descriptor.Open, Descriptor.Close], seen.Select(frame => frame.Performative));
        Assert.Equal(AmqpCondition.NotFound, seen[2].Error(0));
        raw.Send(Begin(), Close());
        Assert.Equal(["open raw", "close by peer"], raw.Owner.Log);
    }
}
