using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class RecoveryCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task A_hub_is_cloned_mirrored_promoted_and_merged()
    {
        using var folder = new TemporaryFolder();
        var (from, to) = (await MakeAsync("first"), await MakeAsync("second"));
        (await hub.RunAsync("devices", "create", "pump", "--connection-string", from)).Ok();
        var clone = (await RunAsync(from, to, "clone", "-o", "json")).Ok().Json[0];
        Assert.Equal((1, 0, 0), (
            clone.GetProperty("devices").GetInt32(), clone.GetProperty("modules").GetInt32(), clone.GetProperty("differences").GetInt32()));
        var refused = await CliRun.OfAsync(["clone", from, to, .. Places]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("has 1 devices", refused.Error, StringComparison.Ordinal);

        // A mirror runs until somebody else asks for the promotion.
        var store = folder.File("mirror");
        var mirror = RunAsync(from, to, "mirror", "--store", store, "-o", "json");
        while (!(await CliRun.OfAsync("mirror", "status", "--store", store, "-o", "json")).Output.Contains("\"phase\":\"following\"", StringComparison.Ordinal))
        {
            Assert.False(mirror.IsCompleted, "The mirror ended by itself.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        (await hub.RunAsync("devices", "create", "valve", "--connection-string", from)).Ok();
        var promotion = (await CliRun.OfAsync("mirror", "promote", "--store", store, "-o", "json")).Ok().Json[0];
        Assert.Equal((true, true), (promotion.GetProperty("sourceFenced").GetBoolean(), promotion.GetProperty("drained").GetBoolean()));
        (await mirror).Ok();
        (await hub.RunAsync("devices", "show", "valve", "--connection-string", to)).Ok();
        Assert.Equal(1, (await RunAsync(from, to, "mirror", "--store", store)).ExitCode);

        (await hub.RunAsync("twin", "update", "pump", """{"tags":{"a":1}}""", "--connection-string", to)).Ok();
        Assert.Equal(3, (await RunAsync(from, to, "merge", "--store", store)).ExitCode);
        var merged = (await RunAsync(from, to, "merge", "--store", store, "--apply", "-o", "json")).Ok().Json[0];
        Assert.Equal((1, 0), (merged.GetProperty("toOld").GetInt32(), merged.GetProperty("conflicts").GetInt32()));
        Assert.Contains("\"a\":1", (await hub.RunAsync("twin", "show", "pump", "-o", "json", "--connection-string", from)).Ok().Output, StringComparison.Ordinal);

        (await CliRun.WithAsync("first.example\n", _ => null, ["clone", .. Pair(from, to), "--resume", "--delete-source"])).Ok();
        Assert.Empty((await hub.RunAsync("devices", "list", "-o", "json", "--connection-string", from)).Ok().Lines);
    }

    [Fact]
    public async Task Hubs_that_are_not_named_are_refused_and_choices_are_checked()
    {
        var unnamed = await CliRun.OfAsync("clone");
        Assert.Equal(2, unnamed.ExitCode);
        Assert.Contains("--from", unnamed.Error, StringComparison.Ordinal);
        var choice = await CliRun.OfAsync("merge", "--choose", "pump=both", "--from-data", hub.Data, "--to-data", hub.Data);
        Assert.Equal(2, choice.ExitCode);
        Assert.Contains("'pump=both'", choice.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await CliRun.OfAsync("mirror", "status", "--store", "/nowhere")).ExitCode);
    }

    private async Task<string> MakeAsync(string name) => (await hub.RunAsync("hub", "create", name, "--host", $"{name}.example", "-o", "json"))
        .Ok().Json[0].GetProperty("serviceConnectionString").GetString()!;

    private Task<CliRun> RunAsync(string from, string to, string command, params string[] more) => CliRun.OfAsync([command, .. Pair(from, to), .. more]);

    private string[] Pair(string from, string to) => ["--from", from, "--to", to, .. Places];

    private string[] Places =>
    [
        "--from-endpoint", Place(hub.Status.Ports.Https), "--from-amqp-endpoint", Place(hub.Status.Ports.Amqp!.Value), "--from-ca", hub.Status.CaFile!,
        "--to-endpoint", Place(hub.Status.Ports.Https), "--to-ca", hub.Status.CaFile!,
    ];

    private static string Place(int port) => $"localhost:{port}";
}
