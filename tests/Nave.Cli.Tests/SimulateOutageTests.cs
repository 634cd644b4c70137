using Microsoft.Extensions.Logging.Abstractions;
using Nave.Cli.Output;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class SimulateOutageTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_fleet_follows_to_the_other_hub_and_prints_the_time_line()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (folder.File("first"), folder.File("second"));
        await using var one = await StartAsync(first, "first.localhost");
        await using var two = await StartAsync(second, "second.localhost");
        (await CliRun.OfAsync("simulate", "--temperature", "--devices", "2", "--for", "100ms", "--data", first)).Ok();
        (await CliRun.OfAsync("clone", "--from-data", first, "--to-data", second)).Ok();
        (await CliRun.OfAsync("hub", "standby", "on", "--data", second)).Ok();

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var output = new WordWriter();
        using var error = new StringWriter();
        var run = NaveCommand.RunAsync(
            ["simulate", "--temperature", "--devices", "2", "--rate", "10", "--timeline", "--verify", "--data", first, "--alternate-data", second],
            new CliConsole(output, error, TextReader.Null),
            stop.Token);
        await output.UntilAsync(text => text.Contains("2/2 connected", StringComparison.Ordinal));
        (await CliRun.OfAsync("hub", "standby", "off", "--data", second)).Ok();
        (await CliRun.OfAsync("hub", "standby", "on", "--data", first)).Ok();
        await output.UntilAsync(text => text.Split("sending resumed on second.localhost").Length > 2);
        await stop.CancelAsync();
        Assert.True(await run == ExitCodes.Ok, error.ToString());

        // Live and, in the end, once more in order.
        var text = output.ToString();
        foreach (var device in (string[])["thermometer-0001", "thermometer-0002"])
        {
            Assert.Equal(3, text.Split($"{device}: sending").Length - 1);
        }

        Assert.Contains("lost          0", text, StringComparison.Ordinal);
        Assert.Contains("\"Temperature\":", (await CliRun.OfAsync("monitor", "--from", "earliest", "--until-end", "-o", "json", "--data", first)).Ok().Output, StringComparison.Ordinal);
    }

    private static async Task<NaveServer> StartAsync(string data, string host) => await NaveServer.StartAsync(
        new NaveServerOptions { DataFolder = data, HostName = host, HttpsPort = 0, MqttPort = 0, AmqpPort = 0 },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        TestContext.Current.CancellationToken);

    /// <summary>Stdout that can be waited for.</summary>
    private sealed class WordWriter : StringWriter
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void WriteLine(string? value)
        {
            TaskCompletionSource changed;
            lock (_gate)
            {
                base.WriteLine(value);
                changed = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.TrySetResult();
        }

        public async Task UntilAsync(Func<string, bool> isSeen)
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (isSeen(GetStringBuilder().ToString()))
                    {
                        return;
                    }

                    changed = _changed.Task;
                }

                await changed.WaitAsync(s_deadline, TestContext.Current.CancellationToken);
            }
        }
    }
}
