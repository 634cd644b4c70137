using Nave.Fleet.Sync.Providers.Http;

namespace Nave.Fleet.Tests.Sync.Providers;

public sealed class CallRateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_has_no_more_calls_than_the_rate_and_a_second_of_rest_is_not_saved_up()
    {
        var clock = new InstantClock();
        var rate = new CallRate(5, clock);
        clock.Advance(TimeSpan.FromHours(1));
        var start = clock.GetUtcNow();

        for (var i = 0; i < 25; i++)
        {
            await rate.WaitAsync(Token);
        }

        // Five at once, and twenty at a fifth of a second.
        Assert.InRange((clock.GetUtcNow() - start).TotalSeconds, 3.99, 4.01);
    }

    [Fact]
    public async Task Less_than_one_call_a_second_is_a_rate_too()
    {
        var clock = new InstantClock();
        var rate = new CallRate(0.1, clock);

        await rate.WaitAsync(Token);
        Assert.Empty(clock.Waits);
        await rate.WaitAsync(Token);

        Assert.Equal([TimeSpan.FromSeconds(10)], clock.Waits);
    }

    [Fact]
    public async Task Without_a_rate_nobody_waits()
    {
        var clock = new InstantClock();
        var rate = new CallRate(null, clock);
        rate.Hold(TimeSpan.FromMinutes(1));

        await rate.WaitAsync(Token);

        Assert.Empty(clock.Waits);
    }

    [Fact]
    public async Task What_the_registry_asks_for_holds_up_every_call()
    {
        var clock = new InstantClock();
        var rate = new CallRate(100, clock);
        rate.Hold(TimeSpan.FromSeconds(7));

        await rate.WaitAsync(Token);

        Assert.InRange(Assert.Single(clock.Waits).TotalSeconds, 7, 7.02);
    }
}
