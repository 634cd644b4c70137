using Nave.Api;
using Nave.Hub.Limits;
using Nave.Hub.Security;
using Nave.Testing;

namespace Nave.Hub.Tests.Limits;

public sealed class HubThrottleTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void A_bucket_gives_its_burst_then_its_rate()
    {
        var bucket = new TokenBucket(RateLimit.PerSecond(10), _clock);
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => bucket.TryTake(1)));
        for (var second = 0; second < 5; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            Assert.Equal(5, Enumerable.Range(0, 100).Count(_ => bucket.TryTake(1)));
        }
    }

    [Fact]
    public void A_bucket_never_holds_more_than_its_burst()
    {
        var bucket = new TokenBucket(RateLimit.PerMinute(100), _clock);
        _clock.Advance(TimeSpan.FromDays(10));
        Assert.Equal(100, Enumerable.Range(0, 1000).Count(_ => bucket.TryTake(1)));
    }

    [Fact]
    public void A_cost_above_the_burst_passes_a_full_bucket_and_is_paid_off()
    {
        var bucket = new TokenBucket(RateLimit.PerSecond(10), _clock);
        Assert.True(bucket.TryTake(30));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(bucket.TryTake(1));
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(bucket.TryTake(1));
    }

    [Fact]
    public async Task Many_threads_take_no_more_than_there_is()
    {
        var bucket = new TokenBucket(RateLimit.PerSecond(1000), _clock);
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 1000).Count(_ => bucket.TryTake(1)))));
        Assert.Equal(1000, taken.Sum());
    }

    [Fact]
    public void The_unlimited_tier_refuses_nothing()
    {
        var throttle = new HubThrottle(HubTier.Find("unlimited")!, null, _clock);
        Assert.False(throttle.LimitsSends);
        foreach (var operation in Enum.GetValues<ThrottledOperation>())
        {
            Assert.All(Enumerable.Range(0, 10_000), _ => Assert.Null(throttle.TryTake(operation)));
        }

        Assert.Null(throttle.TryMeter(int.MaxValue));
    }

    [Theory]
    [InlineData("F1", 100)]
    [InlineData("s1", 100)]
    [InlineData("S2", 100)]
    [InlineData("S3", 5000)]
    public void A_tier_limits_registry_operations_a_minute(string tier, int perMinute)
    {
        var throttle = new HubThrottle(HubTier.Find(tier)!, null, _clock);
        Assert.All(Enumerable.Range(0, perMinute), _ => Assert.Null(throttle.TryTake(ThrottledOperation.Registry)));
        Assert.Equal(HubErrorCode.ThrottlingException, throttle.TryTake(ThrottledOperation.Registry)!.Code);
        Assert.Null(throttle.TryTake(ThrottledOperation.Connection));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(throttle.TryTake(ThrottledOperation.Registry));
    }

    [Theory]
    [InlineData("B1")]
    [InlineData("B2")]
    [InlineData("B3")]
    public void A_basic_tier_has_no_commands_and_no_twins(string tier)
    {
        var throttle = new HubThrottle(HubTier.Find(tier)!, null, _clock);
        Assert.Equal(HubErrorCode.OperationNotAvailableInCurrentTier, throttle.TryTake(ThrottledOperation.DirectMethod)!.Code);
        Assert.Equal(HubErrorCode.OperationNotAvailableInCurrentTier, throttle.TryTake(ThrottledOperation.TwinUpdate)!.Code);
        Assert.Null(throttle.TryTake(ThrottledOperation.DeviceToCloud));
    }

    [Fact]
    public void The_free_tier_counts_a_message_once_for_each_half_KiB_until_the_day_ends()
    {
        var throttle = new HubThrottle(HubTier.Find("F1")!, null, _clock);
        Assert.All(Enumerable.Range(0, 3_999), _ => Assert.Null(throttle.TryMeter(513)));
        Assert.Null(throttle.TryMeter(0));
        Assert.Null(throttle.TryMeter(512));
        Assert.Equal(HubErrorCode.IotHubQuotaExceeded, throttle.TryMeter(1)!.Code);
        _clock.Advance(TimeSpan.FromHours(23.9));
        Assert.NotNull(throttle.TryMeter(1));
        _clock.Advance(TimeSpan.FromHours(0.2));
        Assert.Null(throttle.TryMeter(1));
    }

    [Fact]
    public void One_device_cannot_take_what_the_others_need()
    {
        var throttle = new HubThrottle(HubTier.Find("unlimited")!, 5, _clock);
        var greedy = new DevicePrincipal(new IdentityId("greedy"), "1", "", null) { SendBudget = throttle.CreateSendBudget() };
        var modest = new DevicePrincipal(new IdentityId("modest"), "1", "", null) { SendBudget = throttle.CreateSendBudget() };
        Assert.Equal(5, Enumerable.Range(0, 50).Count(_ => throttle.TryTakeSend(greedy, 100) is null));
        Assert.Null(throttle.TryTakeSend(modest, 100));
    }

    [Fact]
    public async Task Taking_from_the_unlimited_tier_allocates_nothing()
    {
        await Task.CompletedTask;
        var throttle = HubThrottle.Unlimited;
        var device = new DevicePrincipal(new IdentityId("d1"), "1", "", null);
        throttle.TryTakeSend(device, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            throttle.TryTakeSend(device, 100);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
