using System.Diagnostics;
using System.Globalization;
using System.Text;
using Nave.Cli.Bench;
using Nave.Testing;

namespace Nave.Cli.Tests.Sync;

/// <summary>Real processes of <c>nave sync apply</c>, killed at random moments. <c>NAVE_SYNC_KILLS</c> says how many; 50 were run for the docs.</summary>
public sealed class SyncKillTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private const int Devices = 600;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("external", false)]
    [InlineData("external", true)]
    [InlineData("hub", false)]
    public async Task A_run_that_is_killed_anywhere_ends_right_with_the_next(string master, bool job)
    {
        using var folder = new TemporaryFolder();
        var kills = int.TryParse(Environment.GetEnvironmentVariable("NAVE_SYNC_KILLS"), CultureInfo.InvariantCulture, out var count) ? count : 2;
        var random = new Random(kills);
        var exports = Path.Combine(hub.Data, "exports", "localhost");
        Directory.CreateDirectory(exports);
        await File.WriteAllTextAsync(
            folder.File("sync.yaml"),
            $$"""
            name: kill-{{master}}-{{job}}
            hub: { connectionString: "${HUB}"{{(job ? $", jobContainer: \"file://{exports}\"" : string.Empty)}} }
            provider: { name: file, path: devices.csv }
            master: {{master}}
            devicesChangeJobThreshold: 50
            guards: { maxDeletePercent: 100 }
            """,
            Cancelled);
        await File.WriteAllTextAsync(folder.File("devices.csv"), "deviceId,site\n", Cancelled);

        // Every round changes about half of all devices. The first is not killed: it tells how long a run takes.
        var whole = TimeSpan.Zero;
        for (var round = 0; round <= kills; round++)
        {
            var wanted = Enumerable.Range(0, Devices).Where(_ => random.Next(4) != 0).ToDictionary(i => $"kill-{i:000}", _ => $"{random.Next(3)}", StringComparer.Ordinal);
            await ChangeMasterAsync(folder, master, wanted);
            var took = await StartAsync(folder, round == 0 ? null : whole * (0.15 + (random.NextDouble() * 0.9)));
            whole = round == 0 ? took : whole;
            await AssertEndsRightAsync(folder, wanted, exports);
        }

        await ChangeMasterAsync(folder, master, new Dictionary<string, string>(StringComparer.Ordinal) { ["kill-000"] = "1" });
        (await RunAsync(folder, "apply")).Ok();
        (await hub.RunAsync("devices", "delete", "kill-000")).Ok();
    }

    private async Task AssertEndsRightAsync(TemporaryFolder folder, Dictionary<string, string> wanted, string exports)
    {
        (await RunAsync(folder, "apply")).Ok();
        (await RunAsync(folder, "plan")).Ok();
        var onHub = (await hub.RunAsync("twin", "query", "SELECT deviceId, tags.site FROM devices", "-o", "json")).Ok().Json
            .ToDictionary(row => row.GetProperty("deviceId").GetString()!, row => row.GetProperty("site").GetString()!, StringComparer.Ordinal);
        Assert.Equal(wanted.OrderBy(device => device.Key, StringComparer.Ordinal), onHub.OrderBy(device => device.Key, StringComparer.Ordinal));
        var inFile = (await File.ReadAllLinesAsync(folder.File("devices.csv"), Cancelled)).Skip(1).Where(line => line.Length > 0).Select(line => line.Split(','));
        Assert.Equal(onHub.Keys.Order(StringComparer.Ordinal), inFile.Select(cells => cells[0]).Order(StringComparer.Ordinal));

        // No keys lie about.
        Assert.Empty(Directory.EnumerateFiles(exports, "nave-sync-*", SearchOption.AllDirectories));
    }

    private async Task ChangeMasterAsync(TemporaryFolder folder, string master, Dictionary<string, string> wanted)
    {
        if (master == "external")
        {
            var text = new StringBuilder("deviceId,site\n");
            foreach (var (id, site) in wanted)
            {
                text.Append(CultureInfo.InvariantCulture, $"{id},{site}\n");
            }

            await File.WriteAllTextAsync(folder.File("devices.csv"), text.ToString(), Cancelled);
            return;
        }

        // A second sync, from a file of its own, plays the operator of the hub; its mark is a tag that the other does not see.
        await File.WriteAllTextAsync(
            folder.File("operator.yaml"),
            """
            name: operator
            hub: { connectionString: "${HUB}" }
            provider: { name: file, path: operator.csv }
            guards: { maxDeletePercent: 100 }
            store: { path: operator }
            """,
            Cancelled);
        await File.WriteAllLinesAsync(folder.File("operator.csv"), ["deviceId,site", .. wanted.Select(device => $"{device.Key},{device.Value}")], Cancelled);
        (await RunAsync(folder, "apply", "operator.yaml")).Ok();
    }

    /// <summary>Runs a process, and kills it after a while if it still runs.</summary>
    private async Task<TimeSpan> StartAsync(TemporaryFolder folder, TimeSpan? killAfter)
    {
        var start = ServerProcess.Nave("sync", "apply", "--config", folder.File("sync.yaml"), "--data", hub.Data);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["HUB"] = hub.Status.ServiceConnectionString;
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!; // No shell is used, so there is a process.
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(Cancelled), process.StandardError.ReadToEndAsync(Cancelled));
        if (killAfter is { } after)
        {
            await Task.WhenAny(process.WaitForExitAsync(Cancelled), Task.Delay(after, TimeProvider.System, Cancelled));
            process.Kill();
            await process.WaitForExitAsync(Cancelled);
        }
        else
        {
            await process.WaitForExitAsync(Cancelled);
            Assert.True(process.ExitCode == 0, string.Concat(await output));
        }

        return Stopwatch.GetElapsedTime(began);
    }

    private Task<CliRun> RunAsync(TemporaryFolder folder, string command, string file = "sync.yaml") => CliRun.WithAsync(
        string.Empty,
        name => name == "HUB" ? hub.Status.ServiceConnectionString : null,
        ["sync", command, "--config", folder.File(file), "--data", hub.Data]);
}
