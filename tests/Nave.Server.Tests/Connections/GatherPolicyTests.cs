using Nave.Server.Connections;

namespace Nave.Server.Tests.Connections;

public sealed class GatherPolicyTests
{
    private const long Max = 1000;
    private readonly GatherPolicy _policy = new(Max);
    private long _now = 1_000_000;

    [Fact]
    public void A_sparse_fleet_is_gathered()
    {
        var pauses = Run(events: 8, gap: 300, rounds: 100);
        Assert.True(pauses > 90, $"{pauses} of 100");
    }

    [Fact]
    public void A_lone_peer_that_waits_for_its_answer_is_hardly_ever_made_to_wait()
    {
        var pauses = Run(events: 1, gap: 200, rounds: 10_000);
        Assert.True(pauses < 50, $"{pauses} of 10000");
    }

    [Fact]
    public void After_a_silence_and_under_full_load_nothing_waits()
    {
        Assert.Equal(0, Run(events: 1, gap: 100_000, rounds: 100));
        Assert.Equal(0, Run(events: 100, gap: 300, rounds: 100));
        Assert.Equal(0, new GatherPolicy(0).NextPause(1, 5));
    }

    private int Run(int events, long gap, int rounds)
    {
        var pauses = 0;
        for (var i = 0; i < rounds; i++)
        {
            _now += gap;
            var pause = _policy.NextPause(_now, events);
            if (pause > 0)
            {
                pauses++;
                _now += pause;
                _policy.Paused(_now);
            }
        }

        return pauses;
    }
}
