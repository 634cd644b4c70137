namespace Nave.Client.Tests.Transport;

public sealed class BackoffTests
{
    [Fact]
    public void Delays_double_up_to_the_longest_each_between_half_and_all_of_it()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(1));
        double[] full = [1, 2, 4, 8, 16, 30, 30];
        foreach (var seconds in full)
        {
            Assert.InRange(backoff.Next().TotalSeconds, seconds / 2, seconds);
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.InRange(backoff.Next().TotalSeconds, 15, 30);
        }

        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.5, 1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_delays()
    {
        var one = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(7));
        var two = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), new Random(7));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(one.Next(), two.Next());
        }
    }
}
