using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Work;

namespace Nave.Fleet.Tests.Sync.Work;

/// <summary>When something is tried again, with the defaults of the synchronizer that Nave replaces.</summary>
public sealed class RetryPolicyTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Waits_double_up_to_the_longest_each_less_up_to_a_fifth()
    {
        var policy = new RetryPolicy(new RetrySettings().TwinCheck);
        double[] seconds = [30, 60, 120, 240, 300, 300, 300];
        for (var i = 0; i < seconds.Length; i++)
        {
            for (var seed = 0; seed < 50; seed++)
            {
                var wait = policy.Next(i + 1, s_start, s_start, new Random(seed))!.Value.TotalSeconds;
                Assert.InRange(wait, seconds[i] * 0.8, seconds[i]);
            }
        }
    }

    [Fact]
    public void It_stops_after_so_many_retries()
    {
        var policy = new RetryPolicy(new RetrySettings().ExternalCall);
        Assert.NotNull(policy.Next(100, s_start, s_start, Random.Shared));
        Assert.Null(policy.Next(101, s_start, s_start, Random.Shared));
    }

    [Fact]
    public void It_stops_after_so_long()
    {
        var policy = new RetryPolicy(new RetrySettings().ExternalCall);
        Assert.NotNull(policy.Next(1, s_start, s_start.AddMinutes(1439), Random.Shared));
        Assert.Null(policy.Next(1, s_start, s_start.AddMinutes(1440), Random.Shared));
        Assert.NotNull(new RetryPolicy(new RetrySettings().TwinCheck).Next(1, s_start, s_start.AddMinutes(2879), Random.Shared));
    }
}
