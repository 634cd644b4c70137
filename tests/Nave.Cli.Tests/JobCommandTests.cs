using System.Text.Json;

namespace Nave.Cli.Tests;

public sealed class JobCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task A_registry_is_exported_and_imported_again()
    {
        var folder = Path.Combine(hub.Data, "exports", hub.Status.Hub, "cli");
        Directory.CreateDirectory(folder);
        var uri = new Uri(folder).AbsoluteUri;
        (await hub.RunAsync("devices", "create", "exported")).Ok();
        var export = (await hub.RunAsync("jobs", "create", "export", "--to", uri, "--exclude-keys", "-o", "json")).Ok().Json[0];
        Assert.Equal(("export", "completed", 100), (Text(export, "type"), Text(export, "status"), export.GetProperty("progress").GetInt32()));
        (await hub.RunAsync("devices", "delete", "exported")).Ok();

        // Its URI from a file: a signature does not belong on a command line.
        var file = Path.Combine(hub.Data, "uri");
        await File.WriteAllTextAsync(file, uri + "\n", TestContext.Current.CancellationToken);
        var import = (await hub.RunAsync("jobs", "create", "import", "--from", "@" + file)).Ok();
        Assert.Contains("completed", import.Output, StringComparison.Ordinal);
        (await hub.RunAsync("devices", "show", "exported")).Ok();

        var shown = (await hub.RunAsync("jobs", "show", Text(export, "jobId"), "-o", "json")).Ok().Json[0];
        Assert.Equal(Text(export, "jobId"), Text(shown, "jobId"));
        Assert.Contains(Text(export, "jobId"), (await hub.RunAsync("jobs", "list")).Ok().Output, StringComparison.Ordinal);
        Assert.All((await hub.RunAsync("jobs", "list", "--type", "import", "-o", "json")).Ok().Json, job => Assert.Equal("import", Text(job, "type")));
    }

    [Fact]
    public async Task A_job_that_fails_fails_the_command()
    {
        var folder = Path.Combine(hub.Data, "exports", hub.Status.Hub, "empty");
        Directory.CreateDirectory(folder);
        var run = await hub.RunAsync("jobs", "create", "import", "--from", new Uri(folder).AbsoluteUri, "-o", "json");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("devices.txt", Text(run.Json[0], "failureReason"), StringComparison.Ordinal);
        Assert.DoesNotContain("importErrors.log", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_is_not_permitted_is_said_to_be_so()
    {
        var run = await hub.RunAsync("jobs", "create", "export", "--to", "file:///etc");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("outputBlobContainerUri", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twins_of_many_devices_are_changed_and_what_became_of_each_is_shown()
    {
        (await hub.RunAsync("devices", "create", "many-1")).Ok();
        (await hub.RunAsync("devices", "create", "many-2")).Ok();
        var job = (await hub.RunAsync(
            "jobs", "create", "twin", """{"tags":{"job":1}}""", "--where", "deviceId IN ['many-1','many-2']", "--id", "tag-them", "-o", "json")).Ok().Json[0];
        Assert.Equal(("completed", 2), (Text(job, "status"), job.GetProperty("deviceJobStatistics").GetProperty("succeededCount").GetInt32()));
        var rows = (await hub.RunAsync("jobs", "show", "tag-them", "--devices", "-o", "json")).Ok().Json;
        Assert.Equal(["many-1", "many-2"], rows.Select(row => Text(row, "deviceId")));
    }

    [Fact]
    public async Task A_method_for_devices_that_are_away_waits_and_is_cancelled()
    {
        (await hub.RunAsync("devices", "create", "away")).Ok();
        (await hub.RunAsync("jobs", "create", "method", "reboot", "--where", "deviceId = 'away'", "--id", "reboot-away", "--no-wait")).Ok();
        var cancelled = (await hub.RunAsync("jobs", "cancel", "reboot-away", "-o", "json")).Ok().Json[0];
        Assert.Equal("cancelled", Text(cancelled, "status"));

        var failed = await hub.RunAsync("jobs", "create", "method", "reboot", "--where", "deviceId = 'away'", "--max-time", "1s", "-o", "json");
        Assert.Equal((1, 1), (failed.ExitCode, failed.Json[0].GetProperty("deviceJobStatistics").GetProperty("failedCount").GetInt32()));
        Assert.Equal(1, (await hub.RunAsync("jobs", "show", "nothing")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("jobs", "create", "twin", "{}")).ExitCode);
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
