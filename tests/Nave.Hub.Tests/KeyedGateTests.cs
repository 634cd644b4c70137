namespace Nave.Hub.Tests;

public sealed class KeyedGateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_at_a_time_in_order_of_arrival()
    {
        var gate = new KeyedGate<string>();
        Assert.True(await gate.EnterAsync("k", Cancellation));
        var order = new List<int>();
        var waiting = Enumerable.Range(0, 50).Select(i => EnterAsync(i)).ToArray();
        Assert.True(await gate.EnterAsync("other", Cancellation));
        Assert.Empty(order);
        gate.Leave("k");
        await Task.WhenAll(waiting);
        Assert.Equal(Enumerable.Range(0, 50), order);
        Assert.True(await gate.EnterAsync("k", Cancellation));

        async Task EnterAsync(int i)
        {
            Assert.True(await gate.EnterAsync("k", Cancellation));
            order.Add(i);
            gate.Leave("k");
        }
    }

    [Fact]
    public async Task Who_gives_up_is_passed_over()
    {
        var gate = new KeyedGate<string>();
        Assert.True(await gate.EnterAsync("k", Cancellation));
        using var cancel = new CancellationTokenSource();
        var gaveUp = gate.EnterAsync("k", cancel.Token).AsTask();
        var next = gate.EnterAsync("k", Cancellation).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gaveUp);
        Assert.False(next.IsCompleted);
        gate.Leave("k");
        Assert.True(await next);
        gate.Leave("k");
    }

    [Fact]
    public async Task One_too_many_is_turned_away()
    {
        var gate = new KeyedGate<string>();
        Assert.True(await gate.EnterAsync("k", Cancellation));
        var waiting = Enumerable.Range(0, KeyedGate<string>.MaxWaiters).Select(_ => gate.EnterAsync("k", Cancellation).AsTask()).ToArray();
        Assert.False(await gate.EnterAsync("k", Cancellation));
        foreach (var one in waiting)
        {
            gate.Leave("k");
            Assert.True(await one);
        }

        gate.Leave("k");
    }
}
