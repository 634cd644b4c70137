using Nave.Amqp.Wire;
using static Nave.Amqp.Tests.RawClient;

namespace Nave.Amqp.Tests;

public sealed class LinkTests
{
    [Fact]
    public void Consecutive_deliveries_are_settled_with_one_disposition()
    {
        var raw = new RawClient();
        raw.Owner.Delivery = (_, _) => { };
        raw.Owner.AcceptOptions = new AmqpAcceptOptions { Credit = 100 };
        raw.WithLink(isReceiver: false);
        raw.Send([.. Enumerable.Range(0, 20).Select(i => Transfer((uint)i))]);
        var link = raw.Owner.Receivers[0];
        Assert.Equal(20, link.Unsettled);
        foreach (var id in new uint[] { 0, 1, 2, 3, 5, 6, 7 })
        {
            link.Settle(id, AmqpOutcome.Accepted);
        }

        link.Settle(8, AmqpOutcome.Released);
        raw.Engine.Flush();
        var ranges = raw.Take().Select(frame => (frame.Performative, First: frame.Fields[1].ToString(), Last: frame.Fields[2].ToString(), frame.Fields[4].AsDescribed!.Descriptor));
        Assert.Equal(
        [
            (Descriptor.Disposition, "0", "3", Descriptor.Accepted),
            (Descriptor.Disposition, "5", "7", Descriptor.Accepted),
            (Descriptor.Disposition, "8", "8", (AmqpValue)Descriptor.Released),
        ], ranges);
        Assert.Equal(12, link.Unsettled);
        Assert.Empty(raw.Take());
    }

    [Fact]
    public void Credit_is_topped_up_as_deliveries_are_settled_and_never_beyond_the_window()
    {
        var raw = new RawClient();
        raw.Owner.Delivery = (_, _) => { };
        raw.Owner.AcceptOptions = new AmqpAcceptOptions { Credit = 4 };
        raw.WithLink(isReceiver: false);
        var link = raw.Owner.Receivers[0];
        raw.Send(Transfer(0), Transfer(1), Transfer(2), Transfer(3));
        Assert.Equal((0, 4), (link.Credit, link.Unsettled));
        link.Settle(0, AmqpOutcome.Accepted);
        Assert.Equal(0, link.Credit);
        link.Settle(1, AmqpOutcome.Accepted);
        Assert.Equal((2, 2), (link.Credit, link.Unsettled));
        var flow = raw.Take().Single(frame => frame.Performative == Descriptor.Flow);
        Assert.Equal(((AmqpValue)4u, (AmqpValue)2u), (flow.Fields[5], flow.Fields[6]));
    }

    [Fact]
    public void A_receiver_that_settles_second_waits_for_the_server_to_settle()
    {
        var pair = new Pair();
        pair.Begin();
        pair.AttachReceiver(credit: 10, mode: AmqpReceiverSettleMode.Second);
        pair.ServerOwner.Decided = (_, _) => { };
        var sender = pair.ServerOwner.Senders[0];
        Assert.True(sender.TrySend("x"u8, new byte[16], settled: false, out var id));
        pair.Run();
        Assert.Equal(new Outcome(id, null, AmqpOutcome.Accepted, Settled: false), Assert.Single(pair.ServerOwner.Outcomes));
        Assert.DoesNotContain("settled 0 Accepted", pair.ClientOwner.Log);
        sender.Settle(id, AmqpOutcome.Accepted);
        pair.Run();
        Assert.Contains("settled 0 Accepted", pair.ClientOwner.Log);
        sender.Settle(id, AmqpOutcome.Accepted);
        pair.Run();
        Assert.Equal(1, pair.ClientOwner.Count("settled 0 Accepted"));
    }

    [Fact]
    public void A_range_over_the_whole_number_space_is_no_loop()
    {
        var raw = new RawClient().WithLink(isReceiver: true);
        raw.Send(Flow(credit: 3));
        for (var i = 0; i < 3; i++)
        {
            Assert.True(raw.Owner.Senders[0].TrySend("x"u8, "t"u8, settled: false, out _));
        }

        raw.Send(Disposition(isReceiver: true, 0, int.MaxValue, settled: true, AmqpOutcome.Accepted));
        Assert.Equal([0u, 1u, 2u], raw.Owner.Outcomes.Select(outcome => outcome.Id).Order());
    }

    [Fact]
    public void What_was_not_settled_when_a_link_goes_has_an_unknown_outcome()
    {
        var raw = new RawClient().WithLink(isReceiver: true);
        raw.Send(Flow(credit: 1));
        raw.Owner.Senders[0].TrySend("x"u8, "t"u8, settled: false, out var id, state: "mine");
        var detach = raw.Send(Detach(error: new AmqpError(AmqpCondition.LinkStolen)))[^1];
        Assert.Equal(Descriptor.Detach, detach.Performative);
        Assert.Equal(new Outcome(id, "mine", AmqpOutcome.Unknown, Settled: true), Assert.Single(raw.Owner.Outcomes));
        Assert.Equal(AmqpCondition.LinkStolen, raw.Owner.DetachReason?.Condition);
    }

    [Fact]
    public void Draining_gives_the_rest_of_the_credit_back()
    {
        var raw = new RawClient().WithLink(isReceiver: true);
        var flow = raw.Send(Flow(credit: 5, drain: true))[^1];
        Assert.Equal(((AmqpValue)5u, (AmqpValue)0u, (AmqpValue)true), (flow.Fields[5], flow.Fields[6], flow.Fields[8]));
        Assert.False(raw.Owner.Senders[0].CanSend);
        Assert.Equal(0, raw.Owner.Senders[0].Credit);

        // The next credit is counted from there.
        raw.Send(Flow(credit: 2, count: 5));
        Assert.Equal(2, raw.Owner.Senders[0].Credit);
    }

    [Fact]
    public void Our_own_drain_ends_when_there_is_no_credit_left()
    {
        var pair = new Pair();
        pair.Begin();
        var link = pair.AttachReceiver(credit: 5);
        pair.ServerOwner.Drain = sender =>
        {
            Assert.True(sender.TrySend("last"u8, "t"u8, settled: true, out _));
            sender.Drained();
        };
        link.Drain();
        pair.Run();
        Assert.Single(pair.ClientOwner.Deliveries);
        Assert.Equal(0, link.Credit);
        Assert.Equal(1, pair.ClientOwner.Count("drained"));
        link.SetCredit(1);
        pair.Run();
        Assert.Equal(1, pair.ServerOwner.Senders[0].Credit);
    }

    [Fact]
    public void An_echo_is_answered_for_link_and_session()
    {
        var raw = new RawClient().WithLink(isReceiver: true);
        Assert.Equal((AmqpValue)3u, Assert.Single(raw.Send(Flow(credit: 3, echo: true))).Fields[6]);
        Assert.Equal(default, Assert.Single(raw.Send(Flow(handle: null, echo: true))).Fields[4]);
    }

    [Fact]
    public void Credit_that_was_taken_back_does_not_offend_what_is_on_its_way()
    {
        var raw = new RawClient();
        raw.Owner.AcceptOptions = new AmqpAcceptOptions { Credit = 5 };
        raw.WithLink(isReceiver: false);
        raw.Owner.Receivers[0].SetCredit(0);
        raw.Send([.. Enumerable.Range(0, 5).Select(i => Transfer((uint)i, settled: true))]);
        Assert.Equal(5, raw.Owner.Deliveries.Count);
        Assert.Equal(AmqpCondition.TransferLimitExceeded, raw.Send(Transfer(5))[^1].Error(2));
    }

    [Fact]
    public void A_large_message_waits_for_the_window_and_nothing_comes_between_its_parts()
    {
        var raw = new RawClient(Pair.Options("server") with { MaxFrameSize = 512 });
        raw.Send(Header, Open(), Begin(window: 2), Attach(isReceiver: true), Attach(isReceiver: true, name: "m", handle: 1));
        raw.Send(Flow(credit: 5, window: 2), Flow(handle: 1, credit: 5, window: 2));
        var (first, second) = (raw.Owner.Senders[0], raw.Owner.Senders[1]);
        Assert.True(first.TrySend(new byte[1500], "t"u8, settled: true, out _));
        Assert.False(second.TrySend("x"u8, "t"u8, settled: true, out _));
        Assert.Equal([true, true], raw.Take().Select(frame => frame.Fields[5].AsBoolean!.Value));
        var offered = new List<AmqpSenderLink>();
        raw.Owner.Credit = offered.Add;
        var rest = raw.Send(Flow(handle: null, window: 100, nextIncoming: 2));
        Assert.Equal([true, false], rest.Select(frame => frame.Fields[5].AsBoolean!.Value));
        Assert.Equal(1500, rest.Sum(frame => frame.Payload.Length) + (2 * (512 - 8 - 3 - 3 - 3 - 15)), 60d);
        Assert.Equal([first, second], offered);
    }

    [Fact]
    public void A_refused_link_has_no_terminus_and_a_detach_with_the_reason()
    {
        var raw = new RawClient();
        raw.Owner.Attach = link => link.Refuse(new AmqpError(
            AmqpCondition.LinkRedirect, "Elsewhere.", AmqpMap.Fields(("hostname", "hub.test"), ("network-host", "hub.test"), ("port", 5671), ("address", "amqps://hub.test:5671/hub"))));
        raw.Send(Header, Open(), Begin());
        var seen = raw.Send(Attach(isReceiver: true));
        Assert.Equal([Descriptor.Attach, Descriptor.Detach], seen.Select(frame => frame.Performative));
        Assert.True(seen[0].Fields[5].IsNull);
        Assert.NotNull(seen[0].Fields[6].AsDescribed);
        var error = seen[1].Fields[2].AsDescribed!.Value.Items!;
        Assert.Equal(AmqpCondition.LinkRedirect, error[0].Text);
        Assert.Equal((AmqpValue)5671, error[2].AsMap!["port"]);
        Assert.Empty(raw.Send(Flow(), Detach()));
    }

    [Fact]
    public void A_client_is_told_why_its_link_was_refused_and_never_that_it_was_attached()
    {
        var pair = new Pair();
        pair.ServerOwner.Attach = link => link.Refuse(new AmqpError(AmqpCondition.UnauthorizedAccess, "No token."));
        pair.Begin();
        pair.AttachReceiver(5);
        pair.AttachSender();
        Assert.Equal(["detached r", "detached s"], pair.ClientOwner.Log[^2..]);
        Assert.Equal(new AmqpError(AmqpCondition.UnauthorizedAccess, "No token."), pair.ClientOwner.DetachReason);
        Assert.Empty(pair.Client.Sessions.First().Links);
        Assert.Empty(pair.Server.Sessions.First().Links);
    }

    [Fact]
    public void A_link_may_be_accepted_later_and_its_credit_is_not_lost()
    {
        var raw = new RawClient();
        raw.Owner.Attach = _ => { };
        raw.Send(Header, Open(), Begin());
        Assert.Empty(raw.Send(Attach(isReceiver: true), Flow(credit: 3)));
        var offered = 0;
        raw.Owner.Credit = _ => offered++;
        raw.Owner.Senders[0].Accept(raw.Owner);
        Assert.Equal(1, offered);
        Assert.Equal(3, raw.Owner.Senders[0].Credit);
        Assert.Equal(Descriptor.Attach, Assert.Single(raw.Take()).Performative);
    }

    [Fact]
    public void A_link_that_went_before_it_was_accepted_is_reported_at_once()
    {
        var raw = new RawClient();
        raw.Owner.Attach = _ => { };
        raw.Send(Header, Open(), Begin(), Attach(isReceiver: true));
        Assert.Equal([Descriptor.Attach, Descriptor.Detach], raw.Send(Detach()).Select(frame => frame.Performative));
        raw.Owner.Senders[0].Accept(raw.Owner);
        Assert.Equal("detached l", raw.Owner.Log[^1]);
        Assert.Empty(raw.Take());
    }

    [Fact]
    public void The_same_name_serves_in_two_sessions_and_in_both_directions()
    {
        var pair = new Pair();
        pair.Begin();
        pair.Client.Begin();
        pair.Run();
        foreach (var session in pair.Client.Sessions)
        {
            var attach = new AmqpAttach { Name = "TelemetrySenderLink", Source = new AmqpSource(), Target = new AmqpTarget() };
            session.AttachSender(attach, pair.ClientOwner);
            session.AttachReceiver(attach, pair.ClientOwner, 1);
            Assert.Throws<InvalidOperationException>(() => session.AttachSender(attach, pair.ClientOwner));
        }

        pair.Run();
        Assert.Equal(4, pair.ClientOwner.Count("attached TelemetrySenderLink"));
    }
}
