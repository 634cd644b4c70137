using Microsoft.Extensions.Logging.Abstractions;
using Nave.Fleet.Sync.Schedules;
using Nave.Testing;

namespace Nave.Fleet.Tests.Sync.Schedules;

/// <summary>A schedule under a test's clock.</summary>
public sealed class ScheduleRunnerTests : IDisposable
{
    private readonly WatchedClock _clock = new();
    private readonly CancellationTokenSource _stop = new();

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task It_runs_at_each_time_of_the_schedule()
    {
        var runs = new SemaphoreSlim(0);
        var runner = Runner("0 0 * * * *", _ =>
        {
            runs.Release();
            return Task.CompletedTask;
        });
        var running = runner.RunAsync(_stop.Token);
        var mark = 0;
        for (var hour = 1; hour <= 3; hour++)
        {
            await _clock.WaitForTimerAsync(mark, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10));
            Assert.Equal(_clock.GetUtcNow().AddHours(1), runner.Next);
            mark = _clock.Mark;
            _clock.Advance(TimeSpan.FromHours(1));
            await ComesAsync(runs);
        }

        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_run_that_takes_long_is_not_overlapped_and_what_passed_meanwhile_is_not_made_up_for()
    {
        var began = new SemaphoreSlim(0);
        var end = new SemaphoreSlim(0);
        var together = 0;
        var most = 0;
        var runner = Runner("0 * * * * *", async token =>
        {
            most = Math.Max(most, Interlocked.Increment(ref together));
            began.Release();
            await end.WaitAsync(token);
            Interlocked.Decrement(ref together);
        });
        var running = runner.RunAsync(_stop.Token);
        await _clock.WaitForTimerAsync(0, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        var mark = _clock.Mark;
        _clock.Advance(TimeSpan.FromMinutes(1));
        await ComesAsync(began);

        // Ten more minutes pass while it works.
        _clock.Advance(TimeSpan.FromMinutes(10));
        end.Release();
        await _clock.WaitForTimerAsync(mark, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        Assert.Equal(_clock.GetUtcNow().AddMinutes(1), runner.Next);
        Assert.Equal(0, began.CurrentCount);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await ComesAsync(began);
        Assert.Equal(1, most);
        end.Release();
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_run_that_fails_does_not_end_the_schedule()
    {
        var runs = new SemaphoreSlim(0);
        var runner = Runner("0 * * * * *", _ =>
        {
            runs.Release();
            throw new InvalidOperationException("as a test wants");
        });
        var running = runner.RunAsync(_stop.Token);
        var mark = 0;
        for (var i = 0; i < 2; i++)
        {
            await _clock.WaitForTimerAsync(mark, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
            mark = _clock.Mark;
            _clock.Advance(TimeSpan.FromMinutes(1));
            await ComesAsync(runs);
        }

        await _stop.CancelAsync();
        await running;
    }

    private ScheduleRunner Runner(string text, Func<CancellationToken, Task> action)
    {
        Assert.True(CronSchedule.TryParse(text, out var schedule, out var problem), problem);
        return new ScheduleRunner(schedule, action, _clock, NullLogger<ScheduleRunner>.Instance);
    }

    private static async Task ComesAsync(SemaphoreSlim signal) => Assert.True(await signal.WaitAsync(TestDeadline.Default), "The schedule's time came and nothing ran.");
}
