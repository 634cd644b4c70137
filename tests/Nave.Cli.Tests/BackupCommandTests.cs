using System.Text.Json;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class BackupCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hub_is_exported_and_imported_and_exported_the_same()
    {
        using var folder = new TemporaryFolder();
        await using var first = await StartAsync();
        await FillAsync(first, seed: 1);
        var (a, b, secret) = (folder.File("a.nave"), folder.File("b.nave"), folder.File("key"));
        (await CliRun.OfAsync("backup", "key", secret)).Ok();

        var exported = (await first.RunAsync("export", "--to", a, "--key-file", secret, "-o", "json")).Ok().Json[0];
        Assert.Equal((6, 1), (exported.GetProperty("devices").GetInt32(), exported.GetProperty("parts").GetArrayLength() - 1));
        Assert.DoesNotContain("primaryKey", await File.ReadAllTextAsync(a, Token), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(a));

        await using var second = await StartAsync();
        var tried = (await second.RunAsync("import", "--from", a, "--key-file", secret, "--dry-run", "-o", "json")).Ok().Json[0];
        Assert.Equal((true, 9, 1), (tried.GetProperty("isDryRun").GetBoolean(), tried.GetProperty("written").GetInt32(), tried.GetProperty("configurations").GetInt32()));
        Assert.Empty((await second.RunAsync("devices", "list", "-o", "json")).Ok().Lines);

        var imported = (await second.RunAsync("import", "--from", a, "--key-file", secret, "-o", "json")).Ok().Json[0];
        Assert.Equal((6, 3, 0), (imported.GetProperty("devices").GetInt32(), imported.GetProperty("modules").GetInt32(), imported.GetProperty("failed").GetInt32()));
        Assert.False(File.Exists(a + ".import"));
        (await second.RunAsync("export", "--to", b, "--key-file", secret)).Ok();
        Assert.Equal(Hashes((await CliRun.OfAsync("backup", "verify", a, "--key-file", secret, "-o", "json")).Ok().Json[0]),
            Hashes((await CliRun.OfAsync("backup", "verify", b, "--key-file", secret, "-o", "json")).Ok().Json[0]));
        Assert.Empty((await CliRun.OfAsync("backup", "diff", a, b, "--key-file", secret, "-o", "json")).Ok().Lines);

        // Once more changes nothing.
        (await second.RunAsync("import", "--from", a, "--key-file", secret)).Ok();
        var again = (await second.RunAsync("import", "--from", a, "--key-file", secret, "--dry-run", "-o", "json")).Ok().Json[0];
        Assert.Equal((9, 0, 0), (again.GetProperty("same").GetInt32(), again.GetProperty("different").GetInt32(), again.GetProperty("written").GetInt32()));
    }

    [Fact]
    public async Task A_part_is_restored_by_a_condition_and_a_changed_archive_is_seen()
    {
        using var folder = new TemporaryFolder();
        await using var hub = await StartAsync();
        await FillAsync(hub, seed: 2);
        Assert.StartsWith("public key: age1", (await CliRun.OfAsync("backup", "key", folder.File("key"))).Ok().Output, StringComparison.Ordinal);
        string[] key = ["--key-file", folder.File("key")];
        (await hub.RunAsync(["export", "--to", folder.File("a"), .. key])).Ok();
        (await hub.RunAsync("twin", "update", "d1", """{"tags":{"site":"rome"}}""")).Ok();
        (await hub.RunAsync("devices", "delete", "d2")).Ok();
        (await hub.RunAsync("devices", "create", "new")).Ok();
        (await hub.RunAsync(["export", "--to", folder.File("b"), .. key])).Ok();
        Assert.Equal(
            ["""{"deviceId":"d1","moduleId":null,"change":"changed","parts":["tags"]}""", """{"deviceId":"d2","moduleId":null,"change":"removed","parts":[]}""", """{"deviceId":"new","moduleId":null,"change":"added","parts":[]}"""],
            (await CliRun.OfAsync(["backup", "diff", folder.File("a"), folder.File("b"), .. key, "-o", "json"])).Ok().Lines);

        // Only what meets the condition comes back.
        Assert.Equal(["d0", "d2", "d4"], (await CliRun.OfAsync(["backup", "list", folder.File("a"), "--where", "tags.even = true", .. key, "-o", "json"])).Ok().Json
            .Where(line => line.GetProperty("moduleId").ValueKind == JsonValueKind.Null).Select(line => line.GetProperty("deviceId").GetString()));
        (await hub.RunAsync(["import", "--from", folder.File("a"), "--where", "deviceId = 'd2'", .. key])).Ok();
        Assert.Contains("d2", (await hub.RunAsync("devices", "list")).Ok().Output, StringComparison.Ordinal);
        Assert.Contains("rome", (await hub.RunAsync("twin", "show", "d1", "-o", "json")).Ok().Output, StringComparison.Ordinal);
        Assert.Equal(2, (await hub.RunAsync(["import", "--from", folder.File("a"), "--where", "tags.", .. key])).ExitCode);
    }

    [Fact]
    public async Task Nothing_is_written_of_an_archive_that_is_not_whole()
    {
        using var folder = new TemporaryFolder();
        await using var hub = await StartAsync();
        await FillAsync(hub, seed: 3);
        (await hub.RunAsync("export", "--to", folder.File("a"), "--no-encryption")).Ok();
        var whole = await File.ReadAllBytesAsync(folder.File("a"), Token);
        await using var target = await StartAsync();
        foreach (var length in (int[])[0, 10, whole.Length / 2, whole.Length - 1])
        {
            await File.WriteAllBytesAsync(folder.File("cut"), whole[..length], Token);
            var run = await target.RunAsync("import", "--from", folder.File("cut"));
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("archive", run.Error, StringComparison.Ordinal);
        }

        Assert.Empty((await target.RunAsync("devices", "list", "-o", "json")).Ok().Lines);
        Assert.Equal(1, (await target.RunAsync("import", "--from", folder.File("a"), "--resume")).ExitCode);
    }

    [Fact]
    public async Task Secrets_are_in_clear_only_if_that_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        await using var hub = await StartAsync();
        await FillAsync(hub, seed: 4);
        Assert.Equal(2, (await hub.RunAsync("export", "--to", folder.File("a"))).ExitCode);
        Assert.False(File.Exists(folder.File("a")));
        (await hub.RunAsync("export", "--to", folder.File("a"), "--exclude-keys")).Ok();
        Assert.False((await CliRun.OfAsync("backup", "verify", folder.File("a"), "-o", "json")).Ok().Json[0].GetProperty("hasKeys").GetBoolean());
        Assert.Equal(1, (await hub.RunAsync("export", "--to", folder.File("a"), "--no-encryption")).ExitCode);
        (await hub.RunAsync("export", "--to", folder.File("a"), "--no-encryption", "--force")).Ok();
        Assert.True((await CliRun.OfAsync("backup", "verify", folder.File("a"), "-o", "json")).Ok().Json[0].GetProperty("hasKeys").GetBoolean());
    }

    [Fact]
    public async Task A_passphrase_opens_what_it_has_locked()
    {
        using var folder = new TemporaryFolder();
        await using var hub = await StartAsync();
        await File.WriteAllTextAsync(folder.File("right"), "open sesame\n", Token);
        await File.WriteAllTextAsync(folder.File("wrong"), "open barley\n", Token);
        (await hub.RunAsync("export", "--to", folder.File("a"), "--passphrase-file", folder.File("right"))).Ok();
        (await hub.RunAsync("import", "--from", folder.File("a"), "--passphrase-file", folder.File("right"))).Ok();
        Assert.Equal(1, (await hub.RunAsync("import", "--from", folder.File("a"), "--passphrase-file", folder.File("wrong"))).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("import", "--from", folder.File("a"))).ExitCode);
    }

    private static async Task<RunningHub> StartAsync()
    {
        var hub = new RunningHub();
        await hub.InitializeAsync();
        return hub;
    }

    // Six devices: plain ones, one with a certificate, an edge device with its modules and a configuration for some.
    private static async Task FillAsync(RunningHub hub, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 5; i++)
        {
            (await hub.RunAsync("devices", "create", $"d{i}")).Ok();
            (await hub.RunAsync(
                "twin", "update", $"d{i}", "--tags", $$"""{"even":{{(i % 2 == 0 ? "true" : "false")}},"n":{{random.Next()}} }""", "--desired", $$"""{"y":[1,{{random.Next()}}]}""")).Ok();
        }

        (await hub.RunAsync("devices", "create", "edge", "--edge")).Ok();
        (await hub.RunAsync("devices", "create", "edge", "--module", "m")).Ok();
        (await hub.RunAsync(
            "configurations", "create", "c", "--content", """{"deviceContent":{"properties.desired.slow":60}}""", "--target-condition", "tags.even = true")).Ok();
        var deadline = TimeProvider.System.GetTimestamp();
        while ((await hub.RunAsync("configurations", "show", "c", "-o", "json")).Ok().Json[0]
            .GetProperty("systemMetrics").GetProperty("results").GetProperty("appliedCount").GetInt32() < 3)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < TestDeadline.Default, "The configuration is not applied.");
        }
    }

    private static string Hashes(JsonElement verified) => string.Join(
        ' ', verified.GetProperty("parts").EnumerateArray().Select(part => $"{part.GetProperty("name")}:{part.GetProperty("lines")}:{part.GetProperty("sha256")}"));
}
