using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class ServeSettingsTests
{
    [Theory]
    [InlineData("mqtt-prot: 1", "'mqtt-prot' is no option; permitted are")]
    [InlineData("partitions: many", "many")]
    [InlineData("- 1", "line 1")]
    [InlineData("config: other.yaml", "'config' is no option")]
    [InlineData("listen: nowhere", "an IP address such as 127.0.0.1")]
    public async Task A_configuration_that_does_not_fit_ends_with_2_and_names_what(string yaml, string reason)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("nave.yaml");
        await File.WriteAllTextAsync(file, yaml, TestContext.Current.CancellationToken);
        var run = await CliRun.OfAsync("serve", "--config", file, "--data", folder.File("data"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("data")));
    }

    [Fact]
    public async Task Serve_prints_one_line_when_it_is_ready_and_ends_when_it_is_told_to()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("nave.yaml");
        await File.WriteAllTextAsync(file, "https-port: 0\nmqtt-port: 0\namqp-port: 0\npartitions: 3\nlog-level: Error\n", TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var output = new LineWriter();
        var console = new Output.CliConsole(output, TextWriter.Null, TextReader.Null);
        var running = NaveCommand.RunAsync(["serve", "--config", file, "--data", folder.File("data"), "--partitions", "2"], console, stop.Token);
        var line = await output.FirstLine.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        var hubs = (await CliRun.OfAsync("hub", "list", "--data", folder.File("data"), "-o", "json")).Ok();
        var status = (await CliRun.OfAsync("status", "--data", folder.File("data"), "-o", "json")).Ok();
        await stop.CancelAsync();
        Assert.Equal(0, await running.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken));

        Assert.Equal(line, status.Lines[0]);
        Assert.Equal(2, hubs.Json[0].GetProperty("partitions").GetInt32());
        Assert.Equal(1, (await CliRun.OfAsync("status", "--data", folder.File("data"))).ExitCode);
    }

    [Theory]
    [InlineData("--mqtt-port")]
    [InlineData("--https-port")]
    public async Task A_port_that_is_taken_ends_with_1_and_is_named(string option)
    {
        using var folder = new TemporaryFolder();
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.IPv6Any, 0);
        taken.Server.DualMode = true;
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        string[] free = ["--https-port", "0", "--mqtt-port", "0", "--amqp-port", "0"];
        free[Array.IndexOf(free, option) + 1] = $"{port}";
        var run = await CliRun.OfAsync(["serve", "--data", folder.Path, "--log-level", "Error", .. free]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{port}", run.Error, StringComparison.Ordinal);
    }
}
