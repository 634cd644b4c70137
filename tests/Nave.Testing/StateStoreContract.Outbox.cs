using Nave.Storage;
using Xunit;

namespace Nave.Testing;

public abstract partial class StateStoreContract
{
    [Fact]
    public async Task The_outbox_holds_entries_in_the_order_of_commits()
    {
        await CommitAsync(new StateTransaction().Publish("one", Bytes("1")).Publish("two", Bytes("2")));
        await CommitAsync(new StateTransaction().Put(Twins, "a", Bytes("a")).Publish("", ReadOnlyMemory<byte>.Empty));

        var entries = await Store.ReadOutboxAsync(0, 10, Deadline);
        Assert.Equal([(1L, "one", "1"), (2L, "two", "2"), (3L, "", "")], entries.Select(e => (e.Sequence, e.Topic, Text(e.Body))));
        Assert.Equal([2L, 3L], (await Store.ReadOutboxAsync(1, 10, Deadline)).Select(e => e.Sequence));
        Assert.Equal([1L, 2L], (await Store.ReadOutboxAsync(0, 2, Deadline)).Select(e => e.Sequence));
        Assert.Empty(await Store.ReadOutboxAsync(3, 10, Deadline));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ReadOutboxAsync(0, 0, Deadline));
    }

    [Fact]
    public async Task Entries_of_many_callers_have_no_gap_and_each_caller_keeps_its_order()
    {
        const int Callers = 16;
        const int Each = 50;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(
            async () =>
            {
                for (var i = 0; i < Each; i++)
                {
                    await CommitAsync(new StateTransaction().Put(Twins, $"{caller}", Bytes($"{i}")).Publish($"{caller}", Bytes($"{i}")));
                }
            },
            Deadline)));

        var entries = await Store.ReadOutboxAsync(0, int.MaxValue, Deadline);
        Assert.Equal(Enumerable.Range(1, Callers * Each).Select(i => (long)i), entries.Select(e => e.Sequence));
        Assert.All(
            entries.GroupBy(e => e.Topic), group => Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{i}"), group.Select(e => Text(e.Body))));
    }

    [Fact]
    public async Task Removed_entries_are_gone_and_their_numbers_with_them()
    {
        await CommitAsync(new StateTransaction().Publish("t", Bytes("1")).Publish("t", Bytes("2")).Publish("t", Bytes("3")));
        await Store.RemoveOutboxAsync(2, Deadline);
        Assert.Equal([3L], (await Store.ReadOutboxAsync(0, 10, Deadline)).Select(e => e.Sequence));

        await Store.RemoveOutboxAsync(3, Deadline);
        await Store.RemoveOutboxAsync(1, Deadline);
        Assert.Empty(await Store.ReadOutboxAsync(0, 10, Deadline));
        await ReopenAsync();
        await CommitAsync(new StateTransaction().Publish("t", Bytes("4")));
        Assert.Equal([4L], (await Store.ReadOutboxAsync(0, 10, Deadline)).Select(e => e.Sequence));
    }

    [Fact]
    public async Task Waiting_for_the_outbox_ends_with_the_commit_that_fills_it()
    {
        var first = Store.WaitForOutboxAsync(0, Deadline).AsTask();
        var second = Store.WaitForOutboxAsync(1, Deadline).AsTask();
        await PutAsync("a");
        Assert.False(first.IsCompleted);

        await CommitAsync(new StateTransaction().Publish("t", Bytes("1")));
        await first;
        Assert.False(second.IsCompleted);
        await CommitAsync(new StateTransaction().Publish("t", Bytes("2")));
        await second;
        await Store.WaitForOutboxAsync(0, Deadline);
    }

    [Fact]
    public async Task Waiting_looks_at_what_is_there_not_at_what_was()
    {
        await CommitAsync(new StateTransaction().Publish("t", Bytes("1")));
        await Store.RemoveOutboxAsync(100, Deadline);
        var afterRemoval = Store.WaitForOutboxAsync(0, Deadline).AsTask();
        await PutAsync("a");
        Assert.False(afterRemoval.IsCompleted);
        await CommitAsync(new StateTransaction().Publish("t", Bytes("2")));
        await afterRemoval;

        await ReopenAsync();
        await Store.WaitForOutboxAsync(0, Deadline);
        await Store.RemoveOutboxAsync(2, Deadline);
        await ReopenAsync();
        var afterReopening = Store.WaitForOutboxAsync(0, Deadline).AsTask();
        await PutAsync("b");
        Assert.False(afterReopening.IsCompleted);
        await CommitAsync(new StateTransaction().Publish("t", Bytes("3")));
        await afterReopening;
    }

    [Fact]
    public async Task Waiting_for_the_outbox_ends_when_it_is_cancelled_or_the_store_is_closed()
    {
        using var cancel = new CancellationTokenSource();
        var cancelled = Store.WaitForOutboxAsync(0, cancel.Token).AsTask();
        var left = Store.WaitForOutboxAsync(0, Deadline).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await ReopenAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => left);
    }

    [Fact]
    public async Task A_relay_hands_on_every_entry_once()
    {
        const int Count = 2000;
        var relayed = new List<string>();
        var relay = Task.Run(
            async () =>
            {
                while (relayed.Count < Count)
                {
                    await Store.WaitForOutboxAsync(0, Deadline);
                    var entries = await Store.ReadOutboxAsync(0, 100, Deadline);
                    relayed.AddRange(entries.Select(e => Text(e.Body)));
                    await Store.RemoveOutboxAsync(entries[^1].Sequence, Deadline);
                }
            },
            Deadline);
        await Task.WhenAll(Enumerable.Range(0, Count).Select(i => CommitAsync(new StateTransaction().Publish("t", Bytes($"{i}")))));
        await relay;
        Assert.Equal(Count, relayed.Distinct().Count());
        Assert.Equal(Count, relayed.Count);
    }
}
