using System.Text.Json;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class FleetCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task A_demo_ends_with_a_summary_and_nothing_lost()
    {
        var run = (await CliRun.OfAsync("demo", "--for", "3s", "--devices", "5", "--rate", "10", "--https-port", "0", "--mqtt-port", "0", "--amqp-port", "0", "-o", "json")).Ok();
        var summary = JsonDocument.Parse(Assert.Single(run.Lines)).RootElement;
        Assert.Equal(
            ["devices", "sent", "acknowledged", "stored", "lost", "p50Ms", "p99Ms"], summary.EnumerateObject().Select(member => member.Name));
        Assert.Equal((5, 0), (summary.GetProperty("devices").GetInt32(), summary.GetProperty("lost").GetInt32()));
        Assert.InRange(summary.GetProperty("acknowledged").GetInt32(), 20, summary.GetProperty("sent").GetInt32());
        Assert.InRange(summary.GetProperty("stored").GetInt32(), summary.GetProperty("acknowledged").GetInt32(), summary.GetProperty("sent").GetInt32());
        Assert.Contains("NOT FOR PRODUCTION", run.Error, StringComparison.Ordinal);
        Assert.Contains("5/5 connected", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_demo_with_sync_keeps_a_network_server_and_the_hub_in_step()
    {
        using var folder = new TemporaryFolder();
        var run = (await CliRun.OfAsync(
            "demo", "--with", "sync", "--for", "1s", "--devices", "2", "--data", folder.File("kept"), "--https-port", "0", "--mqtt-port", "0", "--amqp-port", "0", "-o", "json")).Ok();

        var summary = JsonDocument.Parse(Assert.Single(run.Lines)).RootElement;
        Assert.Equal(
            ["devices", "sent", "acknowledged", "stored", "lost", "p50Ms", "p99Ms"], summary.EnumerateObject().Select(member => member.Name));
        Assert.Contains("Applied: 12 created, 0 updated, 0 deleted, 0 failed.", run.Error, StringComparison.Ordinal);
        Assert.Contains("Plan: 1 to create, 1 to update, 1 to delete, 10 unchanged.", run.Error, StringComparison.Ordinal);
        Assert.Contains("Applied: 1 created, 1 updated, 1 deleted, 0 failed.", run.Error, StringComparison.Ordinal);
        Assert.Contains("Another plan: nothing to do, 12 devices are in step.", run.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder.File("kept"), "sync.yaml")));
    }

    [Fact]
    public async Task A_demo_keeps_its_data_where_it_is_told_to()
    {
        using var folder = new TemporaryFolder();
        var run = (await CliRun.OfAsync("demo", "--for", "1s", "--data", folder.File("kept"), "--https-port", "0", "--mqtt-port", "0", "--amqp-port", "0")).Ok();
        Assert.Contains("lost          0", run.Output, StringComparison.Ordinal);
        Assert.Contains("localhost: sound;", (await CliRun.OfAsync("fsck", "--data", folder.File("kept"))).Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fleet_with_every_fault_loses_nothing_that_was_acknowledged()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("fleet.yaml");
        await File.WriteAllTextAsync(
            file,
            """
            for: 5s
            deleteCreated: true
            groups:
              - name: faulty
                count: 10
                rate: 20/s
                tags: { fleet: faulty }
                payload: { n: "{{counter()}}" }
                reported: { every: 1s, patch: { n: "{{counter()}}" } }
                methods: { "*": { status: 200 } }
                faults:
                  - { kind: drop, every: 2s }
                  - { kind: stop, every: 4s, for: 500ms, share: 50% }
                  - { kind: duplicate, probability: 10% }
                  - { kind: late, probability: 10%, by: 200ms }
                  - { kind: badPayload, probability: 10% }
                  - { kind: clockSkew, by: -1h }
            """,
            TestContext.Current.CancellationToken);
        var run = (await hub.RunAsync("simulate", "--config", file, "--verify", "--per-second", "-o", "json")).Ok();
        var summary = run.Json[^1];
        Assert.Equal("summary", summary.GetProperty("kind").GetString());
        Assert.All(run.Json.SkipLast(1), line => Assert.Equal("second", line.GetProperty("kind").GetString()));
        Assert.InRange(run.Json.Count, 4, 7);
        Assert.Equal((10, 0), (summary.GetProperty("created").GetInt32(), summary.GetProperty("lost").GetInt32()));
        Assert.True(summary.GetProperty("stored").GetInt64() > 300);
        Assert.True(summary.GetProperty("disconnects").GetInt64() > 0);
        Assert.True(summary.GetProperty("reported").GetInt64() > 0);
        Assert.Empty((await hub.RunAsync("devices", "list", "--where", "tags.fleet = 'faulty'", "-o", "json")).Ok().Output);
    }

    [Fact]
    public async Task A_fleet_that_runs_again_finds_its_devices_and_their_keys()
    {
        var first = (await hub.RunAsync("simulate", "--devices", "150", "--for", "1s", "-o", "json")).Ok().Json[0];
        var second = (await hub.RunAsync("simulate", "--devices", "150", "--for", "1s", "-o", "json")).Ok().Json[0];
        Assert.Equal((150, 0), (first.GetProperty("created").GetInt32(), second.GetProperty("created").GetInt32()));
        Assert.Equal((0, 0), (first.GetProperty("failed").GetInt32(), second.GetProperty("failed").GetInt32()));
        Assert.True(second.GetProperty("acknowledged").GetInt32() > 0);
    }

    [Fact]
    public async Task A_file_that_does_not_fit_ends_with_2_and_every_line_that_is_wrong()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("fleet.yaml");
        await File.WriteAllTextAsync(file, "groups:\n  - count: 0\n    rate: never\n", TestContext.Current.CancellationToken);
        var run = await hub.RunAsync("simulate", "--config", file);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("fleet.yaml:2: 'groups[0].count'", run.Error, StringComparison.Ordinal);
        Assert.Contains("fleet.yaml:3: 'groups[0].rate'", run.Error, StringComparison.Ordinal);
    }
}
