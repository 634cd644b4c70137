using System.Text.Json;
using Nave.Testing;

namespace Nave.Cli.Tests.Sync;

public sealed class SyncCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plan_is_shown_applied_and_then_empty()
    {
        using var folder = new TemporaryFolder();
        await WriteAsync(folder, "deviceId,site\nplan-a,rome\nplan-b,milan\nplan-c,turin\n");
        var plan = await RunAsync(folder, "plan", "-o", "json");
        Assert.Equal(3, plan.ExitCode);
        var json = Assert.Single(plan.Json);
        Assert.Equal(["create", "update", "delete", "unchanged", "conflict", "changes"], json.EnumerateObject().Select(member => member.Name));
        Assert.Equal((3, 0), (json.GetProperty("create").GetInt32(), json.GetProperty("conflict").GetInt32()));
        var first = json.GetProperty("changes")[0];
        Assert.Equal(("plan-a", "create", "It is not on the hub."), (Text(first, "deviceId"), Text(first, "action"), first.GetProperty("reasons")[0].GetString()));

        var applied = (await RunAsync(folder, "apply", "-o", "json")).Ok().Json[0];
        Assert.Equal((3, 0, 0, 0), (Number(applied, "created"), Number(applied, "updated"), Number(applied, "deleted"), Number(applied, "failed")));
        var empty = (await RunAsync(folder, "plan", "-o", "json")).Ok().Json[0];
        Assert.Equal((0, 3), (empty.GetProperty("changes").GetArrayLength(), Number(empty, "unchanged")));

        await WriteAsync(folder, "deviceId,site\nplan-a,rome\nplan-b,bari\n");
        var text = await RunAsync(folder, "plan");
        Assert.Equal(3, text.ExitCode);
        Assert.Contains("~ plan-b: update on the hub side\n    The tag 'site' is 'milan', wanted is 'bari'.\n- plan-c: delete on the hub side\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("0 to create, 1 to update, 1 to delete, 1 unchanged, 0 in conflict.", text.Output, StringComparison.Ordinal);
        var stopped = await RunAsync(folder, "apply");
        Assert.Equal(1, stopped.ExitCode);
        Assert.Contains("--allow-deletes permits it.", stopped.Error, StringComparison.Ordinal);
        (await RunAsync(folder, "apply", "--allow-deletes")).Ok();
        (await RunAsync(folder, "plan")).Ok();

        var runs = (await RunAsync(folder, "runs", "-o", "json")).Ok().Json;
        Assert.Equal(["succeeded", "stopped", "succeeded"], runs.Select(run => Text(run, "outcome")));
        Assert.Equal(Text(applied, "runId"), Text(runs[2], "runId"));
        Assert.Contains(Text(runs[0], "runId")!, (await RunAsync(folder, "runs", Text(runs[0], "runId")!)).Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quarantine_is_listed_and_resolved()
    {
        using var folder = new TemporaryFolder();
        await WriteAsync(folder, "deviceId,site\nboth-a,rome\n", "master: both");
        (await RunAsync(folder, "apply")).Ok();
        (await hub.RunAsync("twin", "update", "both-a", "--tags", """{"site":"here"}""")).Ok();
        var devices = await File.ReadAllTextAsync(folder.File("devices.csv"), Cancelled);
        await WriteAsync(folder, devices.Replace("both-a,rome", "both-a,there", StringComparison.Ordinal), "master: both");
        Assert.Equal(3, (await RunAsync(folder, "plan")).ExitCode);
        Assert.Equal(1, Number((await RunAsync(folder, "apply", "-o", "json")).Ok().Json[0], "conflict"));
        var listed = Assert.Single((await RunAsync(folder, "quarantine", "list", "-o", "json")).Ok().Json);
        Assert.Equal("both-a", Text(listed, "deviceId"));
        Assert.Equal(2, (await RunAsync(folder, "quarantine", "resolve", "both-a", "--take", "me")).ExitCode);
        Assert.Equal(1, (await RunAsync(folder, "quarantine", "resolve", "nobody", "--take", "hub")).ExitCode);
        (await RunAsync(folder, "quarantine", "resolve", "both-a", "--take", "hub")).Ok();
        (await RunAsync(folder, "apply")).Ok();
        Assert.Contains("both-a,here", await File.ReadAllTextAsync(folder.File("devices.csv"), Cancelled), StringComparison.Ordinal);
        Assert.Empty((await RunAsync(folder, "quarantine", "list", "-o", "json")).Ok().Output);
    }

    [Fact]
    public async Task A_configuration_that_does_not_fit_ends_with_2_and_every_problem()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("sync.yaml"), "hub: {}\nprovider: { name: nothing }\nmaster: me\n", Cancelled);
        var run = await RunAsync(folder, "plan");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("sync.yaml:1: 'hub.connectionString'", run.Error, StringComparison.Ordinal);
        Assert.Contains("sync.yaml:2: 'provider.name' is 'nothing'", run.Error, StringComparison.Ordinal);
        Assert.Contains("sync.yaml:3: 'master' is 'me'", run.Error, StringComparison.Ordinal);
    }

    private Task<CliRun> RunAsync(TemporaryFolder folder, params string[] words) => CliRun.WithAsync(
        string.Empty,
        name => name == "HUB" ? hub.Status.ServiceConnectionString : null,
        ["sync", .. words, "--config", folder.File("sync.yaml"), "--data", hub.Data]);

    private static async Task WriteAsync(TemporaryFolder folder, string devices, string more = "")
    {
        await File.WriteAllTextAsync(folder.File("devices.csv"), devices, Cancelled);
        await File.WriteAllTextAsync(
            folder.File("sync.yaml"), $"name: {(more.Length == 0 ? "one" : "two")}\nhub: {{ connectionString: \"${{HUB}}\" }}\nprovider: {{ name: file, path: devices.csv }}\n{more}\n", Cancelled);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
