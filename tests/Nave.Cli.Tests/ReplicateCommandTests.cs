using System.Diagnostics;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class ReplicateCommandTests(RunningHub hub) : IClassFixture<RunningHub>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("kind: sqlite\n  path: target/twins.db")]
    [InlineData("kind: jsonl\n  path: target/twins.jsonl")]
    public async Task Run_verify_and_status_tell_what_they_did(string sink)
    {
        var device = $"replicated-{sink.Length}";
        (await hub.RunAsync("devices", "create", device)).Ok();
        (await hub.RunAsync("twin", "update", device, "--tags", """{"site":"a"}""")).Ok();
        await UntilToldAsync(device, 2);
        var file = Write(sink);
        var run = (await RunAsync("replicate", "run", "--config", file, "--until-caught-up", "-o", "json")).Ok().Json[0];
        Assert.True(run.GetProperty("bootstrapped").GetInt64() > 0);
        Assert.Equal((0, 0), (run.GetProperty("lagEvents").GetInt64(), run.GetProperty("poison").GetInt64()));

        (await hub.RunAsync("twin", "update", device, "--desired", """{"x":1}""")).Ok();
        await UntilToldAsync(device, 3);
        var behind = (await RunAsync("replicate", "verify", "--config", file, "--settle", "0s", "-o", "json"));
        Assert.Equal(1, behind.ExitCode);
        var difference = Assert.Single(behind.Json[0].GetProperty("differences").EnumerateArray());
        Assert.Equal((device, "different", false), (difference.GetProperty("id").GetString(), difference.GetProperty("difference").GetString(), difference.GetProperty("repaired").GetBoolean()));
        var status = (await RunAsync("replicate", "status", "--config", file, "-o", "json")).Ok().Json[0];
        Assert.Equal(1, status.GetProperty("lagEvents").GetInt64());
        Assert.Equal(4, status.GetProperty("partitions").GetArrayLength());

        run = (await RunAsync("replicate", "run", "--config", file, "--until-caught-up", "-o", "json")).Ok().Json[0];
        Assert.Equal((1, 1), (run.GetProperty("events").GetInt64(), run.GetProperty("documents").GetInt64()));
        (await RunAsync("replicate", "verify", "--config", file, "--settle", "0s", "-o", "json")).Ok();
        Assert.Contains("0 events and 0 s behind", (await RunAsync("replicate", "status", "--config", file)).Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repair_brings_the_target_to_where_the_hub_is()
    {
        (await hub.RunAsync("devices", "create", "repaired")).Ok();
        var file = Write("kind: sqlite\n  path: other.db");
        var repair = (await RunAsync("replicate", "verify", "--config", file, "--repair", "--settle", "0s", "-o", "json")).Ok().Json[0];
        Assert.NotEqual(0, repair.GetProperty("missing").GetInt64());
        Assert.Equal(repair.GetProperty("missing").GetInt64(), repair.GetProperty("repaired").GetInt64());
        (await RunAsync("replicate", "verify", "--config", file, "--settle", "0s")).Ok();
    }

    [Fact]
    public async Task Every_problem_of_a_file_is_told_at_once_and_no_secret()
    {
        var file = _folder.File("bad.yaml");
        await File.WriteAllTextAsync(
            file,
            "hub:\n  connectionString: HostName=h;SharedAccessKey=hunter2\n  colour: red\nsink:\n  kind: oracle\nhistory: maybe\nconsumerGroup: a/b\n",
            TestContext.Current.CancellationToken);
        var run = await RunAsync("replicate", "run", "--config", file);
        Assert.Equal(2, run.ExitCode);
        foreach (var part in (string[])["bad.yaml:2: 'hub.connectionString'", "'colour' is not known", "permitted are postgres, sqlite, cosmos and jsonl", "'history' is 'maybe'", "without a slash"])
        {
            Assert.Contains(part, run.Error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("hunter2", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("replicate", "run")).ExitCode);
    }

    [Fact]
    public async Task A_variable_that_is_not_set_is_named()
    {
        var file = Write("kind: postgres\n  connectionString: ${NO_SUCH_DATABASE}");
        var run = await RunAsync("replicate", "status", "--config", file);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("NO_SUCH_DATABASE, which is not set", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.WithAsync(
        string.Empty, name => name == "HUB" ? hub.Status.ServiceConnectionString : name == "EVENTS" ? hub.Status.EventHubConnectionString : null, [.. arguments, "--data", hub.Data]);

    // A change and its event are one transaction, but the stream has the event a moment later.
    private async Task UntilToldAsync(string device, int events)
    {
        var deadline = Stopwatch.StartNew();
        while ((await hub.RunAsync("monitor", "--from", "earliest", "--until-end", "--device", device, "-o", "json")).Ok().Lines.Count < events)
        {
            Assert.True(deadline.Elapsed < TestDeadline.Default, $"{device} has not {events} events.");
        }
    }

    private string Write(string sink)
    {
        var file = _folder.File("replicate.yaml");
        File.WriteAllText(file, $$"""
            hub:
              connectionString: ${HUB}
              eventHubConnectionString: ${EVENTS}
            sink:
              {{sink}}
            history: true
            lease: 5s
            """);
        return file;
    }
}
