using System.Globalization;
using Nave.Crash.Tests.Checking;
using Nave.Crash.Tests.Hosting;
using Nave.Testing;

namespace Nave.Crash.Tests;

/// <summary>
/// A real hub under mixed load is killed at random moments, also while it starts. <c>NAVE_CRASH_KILLS</c> = how often (20;
/// <c>./test Crash --kills 1000</c> sets it), <c>NAVE_CRASH_SEED</c> = the seed of the first round.
/// </summary>
public sealed class CrashTests
{
    private const int DefaultKills = 20;

    // A folder's log stays small enough to be read back whole.
    private const int KillsOfRound = 25;

    private static readonly TimeSpan s_mayTakeToStop = TestDeadline.Default;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_however_often_the_hub_is_killed()
    {
        var seed = Setting("NAVE_CRASH_SEED") ?? Random.Shared.Next();
        for (var left = Setting("NAVE_CRASH_KILLS") ?? DefaultKills; left > 0; left -= KillsOfRound)
        {
            await using var run = new CrashRun(seed++);
            await Guard(run, async () =>
            {
                var kills = Math.Min(left, KillsOfRound);
                kills -= await run.BeginAsync(kills - 1);
                while (kills > 0)
                {
                    await run.WorkAsync();
                    await run.KillAsync();
                    kills--;
                    kills -= await run.RestartAsync(kills);
                }

                await CrashRun.WorkAsync(300);
            });
        }
    }

    [Fact]
    public async Task A_hub_that_is_asked_to_stop_under_load_stops_in_time_and_loses_nothing()
    {
        await using var run = new CrashRun(Setting("NAVE_CRASH_SEED") ?? Random.Shared.Next());
        await Guard(run, async () =>
        {
            await run.BeginAsync();
            for (var stop = 0; stop < 2; stop++)
            {
                await CrashRun.WorkAsync(1000);
                Assert.Equal(0, await run.TerminateAsync());
                Assert.InRange(run.Stops[^1], TimeSpan.Zero, s_mayTakeToStop);
                await run.RestartAsync(0);
            }

            await CrashRun.WorkAsync(300);
        });
    }

    [Fact]
    public async Task A_log_that_loses_its_end_is_found_out()
    {
        await using var run = new CrashRun(Setting("NAVE_CRASH_SEED") ?? Random.Shared.Next());
        await run.BeginAsync();

        // More is seen by those who follow the events than the sabotage leaves.
        await TestDeadline.UntilAsync(() => run.SeenEvents > 1000, "1000 events are seen");
        await run.KillAsync();
        Sabotage.EraseEndOfLog(run.Folder);
        await run.RestartAsync(0);
        await CrashRun.WorkAsync(100);
        var violations = await run.FinishAsync();
        Assert.Contains(violations, violation => violation.Kind == ViolationKind.LostEvent);
        Assert.Contains(violations, violation => violation.Kind == ViolationKind.MovedEvent);
        run.Forget();
    }

    [Fact]
    public async Task A_second_hub_on_the_same_data_folder_is_refused_and_says_why()
    {
        using var folder = new TemporaryFolder();
        using var first = HubProcess.Start(folder.Path, HubPorts.Choose());
        await first.WaitReadyAsync(TestDeadline.Default);
        using var second = HubProcess.Start(folder.Path, HubPorts.Choose());
        await second.WaitForExitAsync(TestDeadline.Default);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains(folder.Path, second.Errors, StringComparison.Ordinal);
        Assert.Contains("another process", second.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.False(first.HasExited);
    }

    /// <summary>Runs a scenario and checks what came of it; names seed and data folder when something is broken.</summary>
    private static async Task Guard(CrashRun run, Func<Task> scenario)
    {
        IReadOnlyList<Violation> violations;
        try
        {
            await scenario();
            violations = await run.FinishAsync();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"NAVE_CRASH_SEED={run.Seed}, data in {run.Folder}: {e.Message}", e);
        }

        Console.WriteLine(run);
        Assert.True(
            violations.Count == 0,
            $"NAVE_CRASH_SEED={run.Seed}, data in {run.Folder}: {violations.Count} violations.\n{string.Join("\n", violations.Take(20))}\n{run}");
        run.Forget();
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : null;
}
