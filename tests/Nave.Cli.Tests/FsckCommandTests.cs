using Microsoft.Extensions.Logging.Abstractions;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class FsckCommandTests
{
    [Fact]
    public async Task A_sound_folder_ends_with_0_and_is_not_changed()
    {
        using var folder = await FolderWithEventsAsync();
        var before = Snapshot(folder.Path);
        var report = (await CliRun.OfAsync("fsck", "--data", folder.Path, "-o", "json")).Ok().Json[0];
        Assert.Equal(("localhost", true), (report.GetProperty("hub").GetString(), report.GetProperty("sound").GetBoolean()));
        Assert.True(report.GetProperty("events").GetInt64() >= 100);
        Assert.Equal(1, report.GetProperty("documents").GetProperty("identity").GetInt32());
        Assert.Equal(before, Snapshot(folder.Path));
    }

    [Fact]
    public async Task A_flipped_byte_in_the_log_is_found_and_named()
    {
        using var folder = await FolderWithEventsAsync();
        var segment = Directory.EnumerateFiles(Path.Combine(folder.Path, "hubs", "localhost", "log"), "*.seg").Order().First();
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        var at = bytes.AsSpan().IndexOf("hello-001"u8);
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);

        var run = await CliRun.OfAsync("fsck", "--data", folder.Path, "-o", "json");
        Assert.Equal(1, run.ExitCode);
        var problem = run.Json[0].GetProperty("problems").EnumerateArray().First();
        Assert.Equal(segment, problem.GetProperty("file").GetString());
        var position = problem.GetProperty("position").GetInt64();
        Assert.InRange(at, position, position + problem.GetProperty("length").GetInt64());
        Assert.Contains($"{segment} at byte {position}", (await CliRun.OfAsync("fsck", "--data", folder.Path)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_state_store_is_found()
    {
        using var folder = await FolderWithEventsAsync();
        var state = Path.Combine(folder.Path, "hubs", "localhost", "state.db");
        var bytes = await File.ReadAllBytesAsync(state, TestContext.Current.CancellationToken);
        bytes.AsSpan(4096, 2048).Fill(0xA5);
        await File.WriteAllBytesAsync(state, bytes, TestContext.Current.CancellationToken);
        var run = await CliRun.OfAsync("fsck", "--data", folder.Path, "-o", "json");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(state, run.Json[0].GetProperty("problems")[0].GetProperty("file").GetString());
    }

    [Fact]
    public async Task A_missing_state_store_is_found()
    {
        using var folder = await FolderWithEventsAsync();
        File.Delete(Path.Combine(folder.Path, "hubs", "localhost", "state.db"));
        var run = await CliRun.OfAsync("fsck", "--data", folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("it is missing", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hubs/localhost/hub.json", "is not valid")]
    [InlineData("key", "do not open with")]
    public async Task Damaged_settings_and_a_wrong_key_are_found(string file, string reason)
    {
        using var folder = await FolderWithEventsAsync();
        var path = Path.Combine(folder.Path, file);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        var run = await CliRun.OfAsync("fsck", "--data", folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(reason, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_in_use_or_none_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(1, (await CliRun.OfAsync("fsck", "--data", folder.Path)).ExitCode);
        await using var server = await StartAsync(folder.Path);
        var run = await CliRun.OfAsync("fsck", "--data", folder.Path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("A hub runs on", run.Error, StringComparison.Ordinal);
    }

    private static async Task<TemporaryFolder> FolderWithEventsAsync()
    {
        var folder = new TemporaryFolder();
        await using var server = await StartAsync(folder.Path);
        (await CliRun.OfAsync("devices", "create", "d", "--data", folder.Path)).Ok();
        (await CliRun.OfAsync("send", "d", "hello-001", "--count", "100", "--data", folder.Path)).Ok();

        // What comes after it tells damage from a commit that was never finished.
        (await CliRun.OfAsync("send", "d", "hello-002", "--data", folder.Path)).Ok();
        return folder;
    }

    private static Task<NaveServer> StartAsync(string data) => NaveServer.StartAsync(
        new NaveServerOptions { DataFolder = data, HttpsPort = 0, MqttPort = 0, AmqpPort = 0 }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    private static List<(string Name, long Length, DateTime Written)> Snapshot(string folder) =>
        [.. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName).Select(file => (file.FullName, file.Length, file.LastWriteTimeUtc))];
}
