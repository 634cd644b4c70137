using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Cli.Output;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class DrillCommandTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_drill_over_and_back_loses_nothing_and_leaves_no_trace()
    {
        using var folder = new TemporaryFolder();
        await using var first = await StartAsync(folder.File("first"), "first.localhost");
        await using var second = await StartAsync(folder.File("second"), "second.localhost");
        var file = Write(folder, first.Status.DataFolder, second.Status.DataFolder, "devices: 12");
        var run = await CliRun.OfAsync("drill", "--config", file, "--html", folder.File("report.html"), "-o", "json");
        var report = run.Ok().Json[0];
        Assert.True(report.GetProperty("passed").GetBoolean());
        Assert.Equal(["over", "back"], report.GetProperty("legs").EnumerateArray().Select(leg => leg.GetProperty("direction").GetString()));
        foreach (var leg in report.GetProperty("legs").EnumerateArray())
        {
            Assert.Equal(0, leg.GetProperty("registry").GetProperty("differences").GetInt64());
            Assert.Equal(12, leg.GetProperty("registry").GetProperty("identities").GetInt64());
            Assert.Equal(0, leg.GetProperty("lagEvents").GetInt64());
            Assert.Equal(12, leg.GetProperty("recoveryTime").GetProperty("count").GetInt32());
            Assert.All(leg.GetProperty("clients").EnumerateArray(), client =>
            {
                Assert.True(client.GetProperty("sendingResumed").GetDateTimeOffset() > client.GetProperty("sendingStopped").GetDateTimeOffset());
                Assert.True(client.GetProperty("readingResumed").GetDateTimeOffset() > client.GetProperty("readingStopped").GetDateTimeOffset());
                Assert.True(client.GetProperty("sendingResumed").GetDateTimeOffset() >= leg.GetProperty("lost").GetDateTimeOffset());
            });
        }

        var events = report.GetProperty("events");
        Assert.Equal(events.GetProperty("acknowledged").GetInt64(), events.GetProperty("stored").GetInt64());
        Assert.Equal((0L, 0L), (events.GetProperty("lost").GetInt64(), events.GetProperty("lostAfterSwitch").GetInt64()));

        // The page needs nothing else.
        var page = await File.ReadAllTextAsync(folder.File("report.html"), TestContext.Current.CancellationToken);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);

        await AssertUntouchedAsync(first.Status.DataFolder, second.Status.DataFolder);
    }

    [Fact]
    public async Task A_drill_that_is_stopped_leaves_both_hubs_as_they_were()
    {
        using var folder = new TemporaryFolder();
        await using var first = await StartAsync(folder.File("first"), "first.localhost");
        await using var second = await StartAsync(folder.File("second"), "second.localhost");
        var file = Write(folder, first.Status.DataFolder, second.Status.DataFolder, "devices: 3\nafter: 10m");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var error = new StoppingWriter("send again", stop);
        using var output = new StringWriter();
        var code = await NaveCommand.RunAsync(["drill", "--config", file], new CliConsole(output, error, TextReader.Null), stop.Token);
        Assert.Equal(ExitCodes.Failure, code);
        Assert.Contains("Stopped.", error.ToString(), StringComparison.Ordinal);
        await AssertUntouchedAsync(first.Status.DataFolder, second.Status.DataFolder);
    }

    [Fact]
    public async Task A_primary_hub_that_is_killed_comes_back_merged_with_all_that_it_had_acknowledged()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The commands of this drill are a POSIX shell's.");
        using var folder = new TemporaryFolder();
        await using var second = await StartAsync(folder.File("second"), "second.localhost");
        var data = folder.File("first");
        var program = typeof(NaveCommand).Assembly.Location;
        var (https, mqtt, amqp) = (FreePort(), FreePort(), FreePort());
        var serve = $"dotnet '{program}' serve --data '{data}' --host first.localhost --https-port {https} --mqtt-port {mqtt} --amqp-port {amqp} --log-level Warning";
        try
        {
            using (var shell = Process.Start("/bin/sh", ["-c", $"{serve} >/dev/null 2>&1 &"]))
            {
                await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            await WaitAsync(data);
            var file = Write(
                folder, data, second.Status.DataFolder, $"devices: 5\ntwinChanges: 0\nlose: kill -9 {ServerStatus.Read(data)!.ProcessId}\nrecover: \"{serve} >/dev/null 2>&1 &\"");
            var report = (await CliRun.OfAsync("drill", "--config", file, "-o", "json")).Ok().Json[0];
            Assert.Equal("command", report.GetProperty("loss").GetString());
            var over = report.GetProperty("legs")[0];
            Assert.False(over.GetProperty("promotion").GetProperty("sourceFenced").GetBoolean());
            Assert.Equal(0, report.GetProperty("events").GetProperty("lost").GetInt64());
            Assert.Contains(over.GetProperty("readers").EnumerateArray(), reader => reader.GetProperty("hub").GetString() == "first.localhost" && reader.GetProperty("linksLost").GetInt32() > 0);
            await AssertUntouchedAsync(data, second.Status.DataFolder);
        }
        finally
        {
            if (ServerStatus.Read(data) is { } status)
            {
                KillIfThere(status.ProcessId);
            }
        }
    }

    [Fact]
    public async Task A_hub_that_stands_by_is_no_primary()
    {
        using var folder = new TemporaryFolder();
        await using var first = await StartAsync(folder.File("first"), "first.localhost");
        await using var second = await StartAsync(folder.File("second"), "second.localhost");
        (await CliRun.OfAsync("hub", "standby", "on", "--data", first.Status.DataFolder)).Ok();
        var run = await CliRun.OfAsync("drill", "--config", Write(folder, first.Status.DataFolder, second.Status.DataFolder, "devices: 1"));
        Assert.Equal(ExitCodes.Failure, run.ExitCode);
        Assert.Contains("'first.localhost' stands by", run.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.File("bad.yaml"), "devices: x", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.Usage, (await CliRun.OfAsync("drill", "--config", folder.File("bad.yaml"))).ExitCode);
    }

    private static async Task<NaveServer> StartAsync(string data, string host) => await NaveServer.StartAsync(
        new NaveServerOptions { DataFolder = data, HostName = host, HttpsPort = 0, MqttPort = 0, AmqpPort = 0 },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        TestContext.Current.CancellationToken);

    private static string Write(TemporaryFolder folder, string primary, string secondary, string more)
    {
        var file = folder.File("drill.yaml");
        File.WriteAllText(file, $$"""
            primary: { data: "{{primary}}" }
            secondary: { data: "{{secondary}}" }
            interval: 100ms
            before: 300ms
            {{(more.Contains("after:", StringComparison.Ordinal) ? "" : "after: 300ms")}}
            timeout: 2m
            {{more}}
            """);
        return file;
    }

    private static async Task AssertUntouchedAsync(params string[] folders)
    {
        foreach (var data in folders)
        {
            Assert.False((await CliRun.OfAsync("hub", "standby", "--data", data, "-o", "json")).Ok().Json[0].GetProperty("standby").GetBoolean());
            Assert.Empty((await CliRun.OfAsync("devices", "list", "--data", data, "-o", "json")).Ok().Lines);
        }
    }

    private static async Task WaitAsync(string data)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (LocalHub.Find(data) is null)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < s_deadline, "The hub's process is not ready.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    // Below the ports that outgoing connections get, so that it is still free when the hub comes back.
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                listener.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
                // Another one.
            }
        }
    }

    private static void KillIfThere(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // It ended.
        }
    }

    /// <summary>Stops a command once it has said certain words.</summary>
    private sealed class StoppingWriter(string words, CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(words, StringComparison.Ordinal) == true)
            {
                stop.Cancel();
            }
        }
    }
}
