using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Sync.Configuration;
using Nave.Fleet.Sync.Telemetry;
using Nave.Fleet.Sync.Work;
using Nave.Storage.Sqlite;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Work;

/// <summary>Working the queue off, under a test's clock.</summary>
public sealed class WorkDispatcherTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly WatchedClock _clock = new();
    private readonly EventRecorder _told = new();
    private readonly CancellationTokenSource _stop = new();
    private SqliteStateStore? _store;
    private WorkQueue? _queue;
    private Task _running = Task.CompletedTask;
    private WorkDispatcher? _dispatcher;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private WorkQueue Queue => _queue!; // Opened before each test.

    public async ValueTask InitializeAsync()
    {
        _store = await SqliteStateStore.OpenAsync(new SqliteStateOptions { Path = _folder.File("state.db") }, NullLogger.Instance, Token);
        _queue = await WorkQueue.OpenAsync(_store, new WorkQueueOptions { Sync = "test" }, _clock, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _dispatcher?.Dispose();
        _stop.Dispose();
        await _store!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_transient_is_tried_again_after_doubling_waits_until_it_works()
    {
        var handler = new RecordedHandler(item => item.Attempts < 3
            ? WorkResult.Retry(WorkPhase.ExternalCall, "Busy.")
            : WorkResult.Done("Created."));
        Start(handler);
        var mark = _clock.Mark;
        await EnqueueAsync("d1");
        foreach (var seconds in (int[])[300, 600, 1200])
        {
            await _clock.WaitForTimerAsync(mark, TimeSpan.FromSeconds(seconds * 0.75), TimeSpan.FromSeconds(seconds));
            mark = _clock.Mark;
            _clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        await TestDeadline.UntilAsync(() => Queue.Count == 0 && _told.Names.Count == 3, "the device is done");
        Assert.Equal(4, handler.CountOf("d1"));
        Assert.Equal(Enumerable.Repeat("ExternalDeviceCreationError", 3), _told.Names);
    }

    [Fact]
    public async Task A_permanent_error_stops_at_once_and_is_a_dead_letter()
    {
        var handler = new RecordedHandler(_ => WorkResult.Permanent(WorkPhase.ExternalCall, "400: EUI."));
        Start(handler);
        await EnqueueAsync("d1");
        await TestDeadline.UntilAsync(() => Queue.DeadLetters.Count == 1, "the device is given up");
        await TestDeadline.UntilAsync(() => _told.Names.Count == 1, "that is told");
        Assert.Equal(1, handler.CountOf("d1"));
        Assert.Equal(["ExternalDeviceCreationFailed"], _told.Names);
        Assert.Equal(("d1", "hub.test", "400: EUI."), (_told.ValueOf("deviceId"), _told.ValueOf("hub"), _told.ValueOf("reason")));
    }

    [Fact]
    public async Task A_twin_that_stays_incomplete_is_given_up_after_the_settings_count()
    {
        var handler = new RecordedHandler(_ => WorkResult.Retry(WorkPhase.TwinCheck, "No EUI."));
        Start(handler, new RetrySettings { TwinCheck = new RetrySchedule(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60), 2, TimeSpan.FromHours(1)) });
        var mark = _clock.Mark;
        await EnqueueAsync("d1");
        foreach (var seconds in (int[])[10, 20])
        {
            await _clock.WaitForTimerAsync(mark, TimeSpan.FromSeconds(seconds * 0.75), TimeSpan.FromSeconds(seconds));
            mark = _clock.Mark;
            _clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        await TestDeadline.UntilAsync(() => Queue.DeadLetters.Count == 1 && _told.Names.Count == 3, "the device is given up");
        Assert.Equal(["DeviceTwinCheckFail", "DeviceTwinCheckFail", "DeviceTwinCheckFailed"], _told.Names);
        Assert.False((await Queue.DeadLetters.FindAsync("d1", Token))!.Permanent);
    }

    [Fact]
    public async Task What_the_other_side_asks_to_wait_is_waited()
    {
        var handler = new RecordedHandler(item => item.Attempts == 0
            ? WorkResult.Retry(WorkPhase.ExternalCall, "429.", TimeSpan.FromHours(2))
            : WorkResult.Done("Created."));
        Start(handler);
        var mark = _clock.Mark;
        await EnqueueAsync("d1");
        await _clock.WaitForTimerAsync(mark, TimeSpan.FromHours(2), TimeSpan.FromHours(2));
        _clock.Advance(TimeSpan.FromHours(2));
        await TestDeadline.UntilAsync(() => Queue.Count == 0, "the device is done");
    }

    [Fact]
    public async Task One_device_that_hangs_and_one_that_throws_hold_up_no_other()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new RecordedHandler(async (item, token) =>
        {
            if (item.DeviceId == "hangs")
            {
                await release.Task.WaitAsync(token);
            }

            return item.DeviceId == "throws" ? throw new InvalidOperationException("as a test wants") : WorkResult.Done("Created.");
        });
        Start(handler, concurrency: 2);
        await EnqueueAsync("hangs");
        await EnqueueAsync("throws");
        for (var i = 0; i < 50; i++)
        {
            await EnqueueAsync($"d{i}");
        }

        await TestDeadline.UntilAsync(() => Queue.Count == 2, "all others are done");
        release.SetResult();
        await TestDeadline.UntilAsync(() => Queue.Count == 1, "the one that hung is done");
        var waiting = Assert.Single(await Queue.ListAsync(10, Token).ToListAsync(Token));
        Assert.Equal(("throws", 1), (waiting.DeviceId, waiting.Attempts));
        Assert.DoesNotContain("as a test wants", waiting.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_is_never_worked_on_twice_at_the_same_time()
    {
        var handler = new RecordedHandler(async (_, token) =>
        {
            await Task.Yield();
            token.ThrowIfCancellationRequested();
            return WorkResult.Done("Created.");
        });
        Start(handler, concurrency: 8);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                await EnqueueAsync($"d{(worker + i) % 5}");
            }
        })));
        await TestDeadline.UntilAsync(() => Queue.Count == 0, "all are done");
        Assert.False(handler.Overlapped);
        Assert.InRange(handler.Attempts.Count, 5, 320);
    }

    [Fact]
    public async Task No_more_devices_are_worked_on_at_the_same_time_than_permitted()
    {
        var (running, most) = (0, 0);
        var gate = new Lock();
        var release = new SemaphoreSlim(0);
        Start(new RecordedHandler(async (_, token) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++running);
            }

            await release.WaitAsync(token);
            lock (gate)
            {
                running--;
            }

            return WorkResult.Done("Created.");
        }), concurrency: 3);
        for (var i = 0; i < 20; i++)
        {
            await EnqueueAsync($"d{i}");
        }

        await TestDeadline.UntilAsync(() => _dispatcher!.Running == 3, "all slots are taken");
        release.Release(20);
        await TestDeadline.UntilAsync(() => Queue.Count == 0, "all are done");
        Assert.Equal(3, most);
    }

    [Fact]
    public async Task A_stop_breaks_off_what_hangs_and_leaves_it_in_the_queue()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(new RecordedHandler(async (_, token) =>
        {
            began.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return WorkResult.Done("never");
        }));
        await EnqueueAsync("d1");
        await began.Task.WaitAsync(TestDeadline.Default, Token);
        var mark = _clock.Mark;
        await _stop.CancelAsync();
        await _clock.WaitForTimerAsync(mark, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4));
        _clock.Advance(TimeSpan.FromSeconds(4));
        await _running.WaitAsync(TestDeadline.Default, Token);
        var item = Assert.Single(await Queue.ClaimAsync(1, Token));
        Assert.Equal(0, item.Attempts);
    }

    private void Start(RecordedHandler handler, RetrySettings? retry = null, int concurrency = 4)
    {
        var options = new WorkDispatcherOptions { Hub = "hub.test", Retry = retry ?? new RetrySettings(), Concurrency = concurrency, Random = new Random(1) };
        _dispatcher = new WorkDispatcher(Queue, handler, options, new SyncEvents(_told), _clock, NullLogger<WorkDispatcher>.Instance);
        _running = _dispatcher.RunAsync(_stop.Token);
    }

    private async Task EnqueueAsync(string id) => await Queue.EnqueueAsync(new WorkRequest(id, WorkOperation.Create, "test"), Token);

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TestDeadline.Default);
    }
}
