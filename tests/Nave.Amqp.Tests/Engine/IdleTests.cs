using Nave.Amqp.Wire;
using static Nave.Amqp.Tests.RawClient;

namespace Nave.Amqp.Tests;

public sealed class IdleTests
{
    [Fact]
    public void An_empty_frame_goes_out_at_half_of_the_peers_time_unless_something_else_did()
    {
        var raw = new RawClient();
        raw.Send(Header, List(Descriptor.Open, "raw", default, default, default, 60_000u));
        raw.Engine.Tick(0);
        Assert.Equal(30_000, raw.Engine.Tick(1_000));
        Assert.Empty(raw.Take());
        Assert.Equal(60_000, raw.Engine.Tick(30_000));
        Assert.Equal(Descriptor.None, Assert.Single(raw.Take()).Performative);
        raw.Engine.Tick(50_000);
        raw.Send(Begin());
        Assert.Equal(80_000, raw.Engine.Tick(60_000));
        Assert.Empty(raw.Take());
    }

    [Fact]
    public void A_silent_peer_is_closed_after_one_and_a_half_times_what_it_was_told()
    {
        var raw = new RawClient(Pair.Options("server") with { IdleTimeout = 1_000 });
        raw.Send(Header, Open());
        raw.Engine.Tick(0);
        raw.Send([0, 0, 0, 8, 2, 0, 0, 0]);
        Assert.Equal(2_000, raw.Engine.Tick(500));
        Assert.Equal(2_000, raw.Engine.Tick(1_999));
        Assert.Equal(AmqpConnectionState.Open, raw.Engine.State);
        Assert.Equal(0, raw.Engine.Tick(2_000));
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, Assert.Single(raw.Take()).Error(0));
        Assert.Equal(["open raw", "close"], raw.Owner.Log);
    }

    [Fact]
    public void Without_time_outs_there_is_nothing_to_do()
    {
        var raw = new RawClient();
        raw.Send(Header, Open());
        Assert.Equal(0, raw.Engine.Tick(5));
        Assert.Equal(0, raw.Engine.Tick(long.MaxValue));
        Assert.Empty(raw.Take());
    }
}
