using Nave.Amqp.Wire;
using static Nave.Amqp.Tests.RawClient;

namespace Nave.Amqp.Tests;

public sealed class LifecycleTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Close_is_answered_and_told_once_on_both_sides(bool byClient)
    {
        var pair = new Pair();
        pair.Begin();
        pair.AttachSender();
        pair.AttachReceiver(1);
        (byClient ? pair.Client : pair.Server).Close(new AmqpError(AmqpCondition.ConnectionForced));
        pair.Run();
        pair.Client.Close();
        pair.Server.Terminate();
        foreach (var owner in new[] { pair.ClientOwner, pair.ServerOwner })
        {
            Assert.Equal(1, owner.Count("detached s"));
            Assert.Equal(1, owner.Count("detached r"));
            Assert.Single(owner.Log, entry => entry.StartsWith("end", StringComparison.Ordinal));
            Assert.StartsWith("close", owner.Log[^1], StringComparison.Ordinal);
        }

        Assert.Equal(AmqpCondition.ConnectionForced, (byClient ? pair.ServerOwner : pair.ClientOwner).CloseReason?.Condition);
    }

    [Fact]
    public void A_transport_that_is_gone_tells_everybody_and_writes_nothing()
    {
        var raw = new RawClient().WithLink(isReceiver: false);
        raw.Take();
        raw.Engine.Terminate();
        Assert.Equal(["detached l", "end", "close"], raw.Owner.Log[^3..]);
        Assert.Empty(raw.Take());
        raw.Owner.Receivers[0].Settle(0, AmqpOutcome.Accepted);
        raw.Owner.Receivers[0].Detach();
        raw.Engine.Flush();
        Assert.Empty(raw.Take());
        Assert.Equal(3, raw.Engine.Receive([1, 2, 3], out _));
    }

    [Fact]
    public void A_session_ends_from_either_side_and_its_channel_serves_again()
    {
        var pair = new Pair();
        var session = pair.Begin();
        pair.AttachSender();
        session.End(new AmqpError(AmqpCondition.InternalError));
        Assert.Throws<InvalidOperationException>(() => session.AttachSender(new AmqpAttach { Name = "x" }, pair.ClientOwner));
        pair.Run();
        Assert.Equal(["detached s", "end amqp:internal-error"], pair.ServerOwner.Log[^2..]);
        Assert.Equal(["detached s", "end"], pair.ClientOwner.Log[^2..]);
        Assert.Empty(pair.Server.Sessions);
        Assert.Equal(session.Channel, pair.Client.Begin().Channel);
    }

    [Fact]
    public void A_client_may_say_everything_at_once()
    {
        var pair = new Pair(seed: 3);
        pair.Client.Start();
        var session = pair.Client.Begin();
        var link = session.AttachSender(new AmqpAttach { Name = "s", Source = new AmqpSource(), Target = new AmqpTarget() }, pair.ClientOwner);
        pair.Run();
        Assert.True(link.IsOpen);
        Assert.Equal(200, link.Credit);
    }

    [Fact]
    public void An_owner_may_close_from_within_any_call()
    {
        foreach (var step in Enumerable.Range(0, 5))
        {
            var pair = new Pair();
            var server = pair.Server;
            if (step == 0)
            {
                pair.ServerOwner.Open = (connection, _) => connection.Terminate();
            }

            if (step == 1)
            {
                pair.ServerOwner.Attach = link => link.Connection.Terminate();
            }

            if (step == 2)
            {
                pair.ServerOwner.Delivery = (link, _) => link.Connection.Close();
            }

            if (step == 3)
            {
                pair.ServerOwner.Delivery = (link, _) => link.Session.End();
            }

            if (step == 4)
            {
                pair.ServerOwner.Delivery = (link, _) => link.Detach();
            }

            pair.Client.Start();
            var link = pair.Client.Begin().AttachSender(new AmqpAttach { Name = "s", Source = new AmqpSource(), Target = new AmqpTarget() }, pair.ClientOwner);
            pair.Run();
            link.TrySend(new byte[100_000], "t"u8, settled: false, out _);
            pair.Run();
            Assert.False(step == 4 ? link.IsOpen : server.State == AmqpConnectionState.Open && step < 3);
        }
    }

    [Fact]
    public void The_state_table_permits_only_what_the_specification_does()
    {
        ulong[] all = [.. Enumerable.Range(0x10, 9).Select(i => (ulong)i), .. Enumerable.Range(0x40, 5).Select(i => (ulong)i), 0x99];
        var expected = new Dictionary<ConnectionPhase, ulong[]>
        {
            [ConnectionPhase.Header] = [],
            [ConnectionPhase.SaslMechanisms] = [0x40],
            [ConnectionPhase.SaslInit] = [0x41],
            [ConnectionPhase.SaslPending] = [],
            [ConnectionPhase.SaslResponse] = [0x43],
            [ConnectionPhase.SaslOutcome] = [0x42, 0x44],
            [ConnectionPhase.SaslChallenged] = [],
            [ConnectionPhase.AmqpHeader] = [],
            [ConnectionPhase.OpenAwaited] = [0x10, 0x18],
            [ConnectionPhase.OpenPending] = [],
            [ConnectionPhase.Open] = [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18],
            [ConnectionPhase.CloseSent] = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18],
            [ConnectionPhase.Closed] = [],
        };
        foreach (var phase in Enum.GetValues<ConnectionPhase>())
        {
            Assert.Equal(expected[phase], all.Where(performative => PhaseTable.Permits(phase, performative)));
        }
    }

    [Fact]
    public void What_may_not_come_in_a_phase_ends_the_connection_whatever_it_is()
    {
        byte[][] prefixes = [[], Header, [.. Header, .. Open()], SaslHeader, [.. SaslHeader, .. Sasl(0x41, AmqpValue.Symbol("PLAIN"))]];
        foreach (var prefix in prefixes)
        {
            foreach (var performative in Enumerable.Range(0x10, 9).Concat(Enumerable.Range(0x40, 5)))
            {
                foreach (var type in new byte[] { AmqpFrame.AmqpType, AmqpFrame.SaslType })
                {
                    var raw = new RawClient(Pair.Options("server") with { SaslMechanisms = ["PLAIN"] });
                    raw.Send(prefix);
                    raw.Send(Frame(0, writer => writer.Value(new AmqpDescribed((ulong)performative, AmqpValue.List())), type));
                    Assert.Equal(AmqpConnectionState.Closed, raw.Engine.State);
                }
            }
        }
    }
}
