using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class BackupFormatCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("azure-blob")]
    [InlineData("az-state")]
    public async Task A_hub_is_exported_as_Azure_does_it_and_imported(string format)
    {
        using var folder = new TemporaryFolder();
        await using var source = new RunningHub();
        await source.InitializeAsync();
        await using var target = new RunningHub();
        await target.InitializeAsync();
        (await source.RunAsync("devices", "create", "d1")).Ok();
        (await source.RunAsync("twin", "update", "d1", """{"tags":{"site":"rome"}}""")).Ok();
        (await source.RunAsync("devices", "create", "d2")).Ok();
        var place = folder.File("export");

        // Keys in clear only if that is asked for, and no key where nothing is locked.
        var refused = await source.RunAsync("export", "--to", place, "--format", format);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--no-encryption", refused.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await source.RunAsync("export", "--to", place, "--format", format, "--no-encryption", "--key-file", "x")).ExitCode);
        Assert.Equal(2, (await source.RunAsync("export", "--to", place, "--format", "zip", "--no-encryption")).ExitCode);
        Assert.False(Path.Exists(place));

        (await source.RunAsync("export", "--to", place, "--format", format, "--no-encryption")).Ok();
        Assert.Equal(1, (await source.RunAsync("export", "--to", place, "--format", format, "--no-encryption")).ExitCode);
        (await source.RunAsync("export", "--to", place, "--format", format, "--no-encryption", "--force")).Ok();
        var file = format == "az-state" ? place : Path.Combine(place, "devices.txt");
        Assert.Contains("primaryKey", await File.ReadAllTextAsync(file, Token), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        var tried = (await target.RunAsync("import", "--from", place, "--format", format, "--dry-run", "-o", "json")).Ok().Json[0];
        Assert.Equal((2, 2), (tried.GetProperty("devices").GetInt32(), tried.GetProperty("written").GetInt32()));
        (await target.RunAsync("import", "--from", place, "--format", format, "--where", "tags.site = 'rome'")).Ok();
        Assert.Equal(1, (await target.RunAsync("devices", "show", "d2")).ExitCode);
        (await target.RunAsync("import", "--from", place, "--format", format)).Ok();
        Assert.Contains("rome", (await target.RunAsync("twin", "show", "d1", "-o", "json")).Ok().Output, StringComparison.Ordinal);
        Assert.Equal(
            (await source.RunAsync("devices", "keys", "d2", "-o", "json")).Ok().Json[0].GetProperty("primaryKey").GetString(),
            (await target.RunAsync("devices", "keys", "d2", "-o", "json")).Ok().Json[0].GetProperty("primaryKey").GetString());

        // Nothing of one that is cut off.
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Token))[..^20], Token);
        Assert.Equal(1, (await target.RunAsync("import", "--from", place, "--format", format)).ExitCode);
        Assert.False(File.Exists(place + ".import"));
    }
}
