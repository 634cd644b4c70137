using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Sync.Work;
using Nave.Storage;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Work;

/// <summary>The durable queue, over a real store: a file; <see cref="PostgresWorkQueueTests"/> puts another in its place.</summary>
public class WorkQueueTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();
    private IStateStore? _store;
    private WorkQueue? _queue;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private WorkQueue Queue => _queue!; // Opened before each test.

    public async ValueTask InitializeAsync() => await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _store!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_item_is_due_at_once_and_goes_when_it_is_done()
    {
        Assert.Equal(EnqueueOutcome.Added, await Queue.EnqueueAsync(Create("d1"), Token));
        Assert.Equal(1, Queue.Count);
        var item = Assert.Single(await Queue.ClaimAsync(10, Token));
        Assert.Equal(("d1", WorkOperation.Create, WorkPhase.TwinCheck, 0), (item.DeviceId, item.Operation, item.Phase, item.Attempts));
        Assert.Empty(await Queue.ClaimAsync(10, Token));
        await Queue.CompleteAsync(item, Token);
        Assert.Equal(0, Queue.Count);
        Assert.Null(await Queue.NextDueAsync(Token));
    }

    [Fact]
    public async Task Repeated_events_of_a_device_are_one_item()
    {
        for (var i = 0; i < 5; i++)
        {
            await Queue.EnqueueAsync(Create("d1"), Token);
        }

        Assert.Equal(1, Queue.Count);
        Assert.Equal(5, Assert.Single(await Queue.ClaimAsync(10, Token)).Revision);
    }

    [Fact]
    public async Task Events_from_many_threads_are_one_item_a_device()
    {
        var requests = Enumerable.Range(0, 400).Select(i => i % 3 == 0 ? Delete($"d{i % 20}") : Create($"d{i % 20}"));
        await Task.WhenAll(requests.Chunk(50).Select(part => Queue.EnqueueAsync(part, Token)));
        Assert.Equal(20, Queue.Count);
        Assert.Equal(20, (await Queue.ClaimAsync(100, Token)).Select(item => item.DeviceId).Distinct().Count());
    }

    [Fact]
    public async Task A_failed_item_waits_and_nobody_gets_it_before()
    {
        await Queue.EnqueueAsync(Create("d1"), Token);
        var item = Assert.Single(await Queue.ClaimAsync(1, Token));
        await Queue.RetryAsync(item, WorkPhase.TwinCheck, TimeSpan.FromSeconds(30), "No EUI.", Token);
        Assert.Equal(_clock.GetUtcNow().AddSeconds(30), await Queue.NextDueAsync(Token));
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(await Queue.ClaimAsync(1, Token));
        _clock.Advance(TimeSpan.FromSeconds(1));
        item = Assert.Single(await Queue.ClaimAsync(1, Token));
        Assert.Equal((1, "No EUI."), (item.Attempts, item.Reason));
    }

    [Fact]
    public async Task Another_phase_counts_its_attempts_from_its_start()
    {
        await Queue.EnqueueAsync(Create("d1"), Token);
        var first = Assert.Single(await Queue.ClaimAsync(1, Token));
        await Queue.RetryAsync(first, WorkPhase.TwinCheck, TimeSpan.Zero, "a", Token);
        _clock.Advance(TimeSpan.FromSeconds(5));
        var second = Assert.Single(await Queue.ClaimAsync(1, Token));
        await Queue.RetryAsync(second, WorkPhase.ExternalCall, TimeSpan.Zero, "b", Token);
        var third = Assert.Single(await Queue.ClaimAsync(1, Token));
        Assert.Equal((WorkPhase.ExternalCall, 1, _clock.GetUtcNow()), (third.Phase, third.Attempts, third.PhaseSince));
        Assert.Equal(first.FirstSeen, third.FirstSeen);
    }

    [Fact]
    public async Task News_of_an_incomplete_twin_makes_it_due_at_once()
    {
        await WaitingAsync("d1", WorkPhase.TwinCheck);
        await Queue.EnqueueAsync(Create("d1"), Token);
        Assert.Single(await Queue.ClaimAsync(1, Token));
    }

    [Fact]
    public async Task News_does_not_shorten_the_wait_for_an_external_system_that_fails()
    {
        await WaitingAsync("d1", WorkPhase.ExternalCall);
        await Queue.EnqueueAsync(Create("d1"), Token);
        Assert.Empty(await Queue.ClaimAsync(1, Token));
    }

    [Fact]
    public async Task A_deletion_takes_the_place_of_a_creation_that_waits()
    {
        await WaitingAsync("d1", WorkPhase.ExternalCall);
        await Queue.EnqueueAsync(Delete("d1"), Token);
        var item = Assert.Single(await Queue.ClaimAsync(1, Token));
        Assert.Equal((WorkOperation.Delete, 0, WorkPhase.ExternalCall), (item.Operation, item.Attempts, item.Phase));
        Assert.Equal(1, Queue.Count);
    }

    [Fact]
    public async Task News_that_comes_during_the_work_is_not_lost_with_it()
    {
        await Queue.EnqueueAsync(Create("d1"), Token);
        var item = Assert.Single(await Queue.ClaimAsync(1, Token));
        await Queue.EnqueueAsync(Delete("d1"), Token);
        Assert.Empty(await Queue.ClaimAsync(1, Token));
        await Queue.CompleteAsync(item, Token);
        Assert.Equal(WorkOperation.Delete, Assert.Single(await Queue.ClaimAsync(1, Token)).Operation);
    }

    [Fact]
    public async Task An_item_whose_lease_ended_comes_again_and_its_late_worker_changes_nothing()
    {
        await Queue.EnqueueAsync(Create("d1"), Token);
        var late = Assert.Single(await Queue.ClaimAsync(1, Token));
        _clock.Advance(TimeSpan.FromSeconds(61));
        var item = Assert.Single(await Queue.ClaimAsync(1, Token));
        Assert.False(await Queue.RenewAsync(late, Token));
        await Queue.CompleteAsync(late, Token);
        await Queue.RetryAsync(late, WorkPhase.TwinCheck, TimeSpan.Zero, "late", Token);
        Assert.Equal(1, Queue.Count);
        Assert.True(await Queue.RenewAsync(item, Token));
        await Queue.CompleteAsync(item, Token);
        Assert.Equal(0, Queue.Count);
    }

    [Fact]
    public async Task What_was_in_work_when_the_process_ended_is_due_at_the_next_start()
    {
        await Queue.EnqueueAsync(Create("d1"), Token);
        await Queue.EnqueueAsync(Create("d2"), Token);
        Assert.Equal(2, (await Queue.ClaimAsync(10, Token)).Count);
        await ReopenAsync();
        Assert.Equal(2, Queue.Count);
        Assert.Equal(["d1", "d2"], (await Queue.ClaimAsync(10, Token)).Select(item => item.DeviceId).Order());
    }

    [Fact]
    public async Task What_waited_when_the_process_ended_waits_on()
    {
        await WaitingAsync("d1", WorkPhase.ExternalCall);
        await ReopenAsync();
        Assert.Empty(await Queue.ClaimAsync(1, Token));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, Assert.Single(await Queue.ClaimAsync(1, Token)).Attempts);
    }

    [Fact]
    public async Task What_is_given_up_is_a_dead_letter_that_can_be_retried_and_discarded()
    {
        foreach (var id in (string[])["d1", "d2"])
        {
            await Queue.EnqueueAsync(Create(id), Token);
        }

        foreach (var item in await Queue.ClaimAsync(10, Token))
        {
            Assert.True(await Queue.GiveUpAsync(item, WorkPhase.ExternalCall, "Refused.", permanent: true, Token));
        }

        Assert.Equal((0, 2), (Queue.Count, Queue.DeadLetters.Count));
        await ReopenAsync();
        var letters = await Queue.DeadLetters.ListAsync(Token).ToListAsync(Token);
        Assert.Equal([("d1", "Refused.", true, 1), ("d2", "Refused.", true, 1)], letters.Select(l => (l.DeviceId, l.Reason, l.Permanent, l.Attempts)));

        Assert.True(await Queue.RetryDeadAsync("d1", Token));
        Assert.True(await Queue.DeadLetters.RemoveAsync("d2", Token));
        Assert.False(await Queue.RetryDeadAsync("d3", Token));
        Assert.Equal(0, Queue.DeadLetters.Count);
        Assert.Equal(("d1", 0), Assert.Single(await Queue.ClaimAsync(10, Token)) is var again ? (again.DeviceId, again.Attempts) : default);
    }

    [Fact]
    public async Task A_device_that_is_done_after_all_is_no_dead_letter_any_more()
    {
        await Queue.EnqueueAsync(Create("d1"), Token);
        await Queue.GiveUpAsync(Assert.Single(await Queue.ClaimAsync(1, Token)), WorkPhase.TwinCheck, "No EUI.", permanent: false, Token);
        await Queue.EnqueueAsync(Create("d1"), Token);
        await Queue.CompleteAsync(Assert.Single(await Queue.ClaimAsync(1, Token)), Token);
        Assert.Equal(0, Queue.DeadLetters.Count);
    }

    [Fact]
    public async Task News_that_comes_while_a_device_is_given_up_gives_it_another_attempt()
    {
        await Queue.EnqueueAsync(Create("d1"), Token);
        var item = Assert.Single(await Queue.ClaimAsync(1, Token));
        await Queue.EnqueueAsync(Create("d1"), Token);
        Assert.False(await Queue.GiveUpAsync(item, WorkPhase.ExternalCall, "Refused.", permanent: true, Token));
        Assert.Equal(0, Queue.DeadLetters.Count);
        Assert.Single(await Queue.ClaimAsync(1, Token));
    }

    [Fact]
    public async Task A_full_queue_takes_news_of_its_devices_and_no_more_devices()
    {
        await OpenQueueAsync("small", capacity: 2);
        Assert.Equal(0, await Queue.EnqueueAsync([Create("d1"), Create("d2")], Token));
        Assert.Equal(EnqueueOutcome.Full, await Queue.EnqueueAsync(Create("d3"), Token));
        Assert.Equal(EnqueueOutcome.Merged, await Queue.EnqueueAsync(Delete("d1"), Token));
        Assert.Equal(2, await Queue.EnqueueAsync([Create("d3"), Create("d2"), Create("d4")], Token));
        await Queue.CompleteAsync((await Queue.ClaimAsync(1, Token))[0], Token);
        Assert.Equal(EnqueueOutcome.Added, await Queue.EnqueueAsync(Create("d3"), Token));
    }

    [Fact]
    public async Task Syncs_that_share_a_store_do_not_see_each_others_work()
    {
        await Queue.EnqueueAsync(Create("d1"), Token);
        await OpenQueueAsync("other", capacity: 10);
        Assert.Equal(0, Queue.Count);
        Assert.Empty(await Queue.ClaimAsync(10, Token));
        Assert.Null(await Queue.NextDueAsync(Token));
    }

    [Fact]
    public async Task The_item_that_is_due_longest_comes_first()
    {
        foreach (var id in (string[])["z", "m", "a"])
        {
            await Queue.EnqueueAsync(Create(id), Token);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["z", "m"], (await Queue.ClaimAsync(2, Token)).Select(item => item.DeviceId));
    }

    private static WorkRequest Create(string id) => new(id, WorkOperation.Create, "test");

    private static WorkRequest Delete(string id) => new(id, WorkOperation.Delete, "test");

    private async Task WaitingAsync(string id, WorkPhase phase)
    {
        await Queue.EnqueueAsync(Create(id), Token);
        await Queue.RetryAsync(Assert.Single(await Queue.ClaimAsync(1, Token)), phase, TimeSpan.FromMinutes(5), "as a test wants", Token);
    }

    private async Task ReopenAsync()
    {
        await _store!.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>Opens the test's store, again with what it held.</summary>
    protected virtual async Task<IStateStore> OpenStoreAsync() =>
        await SqliteStateStore.OpenAsync(new SqliteStateOptions { Path = _folder.File("state.db") }, NullLogger.Instance, Token);

    private async Task OpenAsync()
    {
        _store = await OpenStoreAsync();
        await OpenQueueAsync("test", capacity: 1000);
    }

    private async Task OpenQueueAsync(string sync, int capacity) =>
        _queue = await WorkQueue.OpenAsync(_store!, new WorkQueueOptions { Sync = sync, Capacity = capacity }, _clock, Token);
}
