namespace Nave.Cli.Tests;

public sealed class BenchCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Theory]
    [InlineData("event", "ingest", "--in-flight", "4")]
    [InlineData("patch", "twins", "--in-flight", "2")]
    [InlineData("connection", "connect", "--in-flight", "2")]
    [InlineData("method", "commands", "--in-flight", "2")]
    [InlineData("method", "commands", "--in-flight", "2", "--batch", "8")]
    [InlineData("message", "commands", "--c2d", "--in-flight", "2")]
    [InlineData("create", "registry", "--batch", "10", "--in-flight", "2")]
    [InlineData("single create", "registry", "--batch", "1", "--in-flight", "2")]
    [InlineData("query", "query", "--devices", "200")]
    [InlineData("event", "read", "--fill", "1000", "--in-flight", "1")]
    [InlineData("event", "read", "--fill", "1000", "--in-flight", "1", "--lines")]
    public async Task Each_benchmark_gives_its_figures_and_leaves_the_hub_as_it_was(string operation, params string[] arguments)
    {
        var before = (await hub.RunAsync("devices", "list", "-o", "json")).Ok().Lines.Count;
        var report = (await hub.RunAsync(["bench", .. arguments, "--connections", "4", "--for", "500ms", "--warm-up", "100ms", "-o", "json"])).Ok().Json[0];
        Assert.Equal(operation, report.GetProperty("operation").GetString());
        Assert.Equal(0, report.GetProperty("failed").GetInt64());
        Assert.True(report.GetProperty("count").GetInt64() > 0);
        Assert.True(report.GetProperty("p99Ms").GetDouble() >= report.GetProperty("p50Ms").GetDouble());
        Assert.True(report.GetProperty("serverCpuSeconds").GetDouble() > 0);
        Assert.Equal(before, (await hub.RunAsync("devices", "list", "-o", "json")).Ok().Lines.Count);
    }

    [Fact]
    public async Task A_rate_is_kept()
    {
        var report = (await hub.RunAsync(
            "bench", "ingest", "--connections", "5", "--in-flight", "1", "--rate", "200", "--for", "2s", "--warm-up", "500ms", "--plain", "-o", "json")).Ok().Json[0];
        Assert.InRange(report.GetProperty("perSecond").GetDouble(), 150, 250);
    }

    [Fact]
    public async Task Without_a_hub_a_benchmark_has_a_server_of_its_own_and_leaves_nothing()
    {
        var folders = Folders();
        var run = (await CliRun.OfAsync("bench", "ingest", "--connections", "2", "--in-flight", "2", "--for", "500ms", "--warm-up", "100ms", "-o", "json")).Ok();
        Assert.True(run.Json[0].GetProperty("serverCpuSecondsPerMillion").GetDouble() > 0);
        Assert.Equal(folders, Folders());

        static string[] Folders() => Directory.GetDirectories(Path.GetTempPath(), $"nave-bench-{Environment.ProcessId}-*");
    }
}
