namespace Nave.Cli.Tests;

public sealed class DeviceCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task A_device_is_created_with_keys_and_shown_without_them()
    {
        var created = (await hub.RunAsync("devices", "create", "shown", "-o", "json")).Ok().Json[0];
        var key = created.GetProperty("primaryKey").GetString()!;
        Assert.Equal($"HostName=localhost;DeviceId=shown;SharedAccessKey={key}", created.GetProperty("connectionString").GetString());

        var shown = (await hub.RunAsync("devices", "show", "shown", "-o", "json")).Ok();
        Assert.Equal("shown", shown.Json[0].GetProperty("deviceId").GetString());
        Assert.DoesNotContain(key, shown.Output, StringComparison.Ordinal);
        var keys = (await hub.RunAsync("devices", "keys", "shown", "-o", "json")).Ok().Json[0];
        Assert.Equal(created.GetRawText(), keys.GetRawText());
    }

    [Fact]
    public async Task Keys_are_swapped_and_made_anew()
    {
        var before = (await hub.RunAsync("devices", "create", "rolled", "-o", "json")).Ok().Json[0];
        var swapped = (await hub.RunAsync("devices", "keys", "rolled", "--regenerate", "swap", "-o", "json")).Ok().Json[0];
        Assert.Equal(before.GetProperty("secondaryKey").GetString(), swapped.GetProperty("primaryKey").GetString());
        Assert.Equal(before.GetProperty("primaryKey").GetString(), swapped.GetProperty("secondaryKey").GetString());
        var renewed = (await hub.RunAsync("devices", "keys", "rolled", "--regenerate", "secondary", "-o", "json")).Ok().Json[0];
        Assert.Equal(swapped.GetProperty("primaryKey").GetString(), renewed.GetProperty("primaryKey").GetString());
        Assert.NotEqual(swapped.GetProperty("secondaryKey").GetString(), renewed.GetProperty("secondaryKey").GetString());
    }

    [Fact]
    public async Task A_list_has_every_device_that_meets_the_condition()
    {
        (await hub.RunAsync("devices", "create", "list-1", "list-2", "--tags", """{"kind":"listed"}""")).Ok();
        var json = (await hub.RunAsync("devices", "list", "--where", "tags.kind = 'listed'", "-o", "json")).Ok().Json;
        Assert.Equal(["list-1", "list-2"], json.Select(line => line.GetProperty("deviceId").GetString()).Order());
        Assert.Equal("""{"kind":"listed"}""", json[0].GetProperty("tags").GetRawText());
        Assert.Single((await hub.RunAsync("devices", "list", "--where", "tags.kind = 'listed'", "--top", "1", "-o", "json")).Ok().Lines);
        var tsv = (await hub.RunAsync("devices", "list", "--where", "tags.kind = 'listed'", "-o", "tsv")).Ok().Lines;
        Assert.Equal("deviceId\tmoduleId\tstatus", string.Join('\t', tsv[0].Split('\t')[..3]));
        Assert.Equal(3, tsv.Count);
        Assert.All(tsv, line => Assert.Equal(tsv[0].Count(c => c == '\t'), line.Count(c => c == '\t')));
    }

    [Fact]
    public async Task Modules_are_created_listed_and_deleted()
    {
        (await hub.RunAsync("devices", "create", "parent")).Ok();
        var module = (await hub.RunAsync("devices", "create", "parent", "--module", "child", "-o", "json")).Ok().Json[0];
        Assert.Contains(";ModuleId=child;", module.GetProperty("connectionString").GetString(), StringComparison.Ordinal);
        Assert.Contains((await hub.RunAsync("devices", "list", "--modules", "-o", "json")).Ok().Json, line => line.GetProperty("moduleId").GetString() == "child");
        (await hub.RunAsync("devices", "delete", "parent", "--module", "child")).Ok();
        Assert.Equal(1, (await hub.RunAsync("devices", "show", "parent", "--module", "child")).ExitCode);
    }

    [Fact]
    public async Task A_device_is_disabled_with_a_reason_and_enabled_again()
    {
        (await hub.RunAsync("devices", "create", "off")).Ok();
        var disabled = (await hub.RunAsync("devices", "update", "off", "--status", "disabled", "--reason", "stolen", "-o", "json")).Ok().Json[0];
        Assert.Equal(("disabled", "stolen"), (disabled.GetProperty("status").GetString(), disabled.GetProperty("statusReason").GetString()));
        Assert.Equal(1, (await hub.RunAsync("send", "off", "x")).ExitCode);
        (await hub.RunAsync("devices", "update", "off", "--status", "enabled")).Ok();
        (await hub.RunAsync("send", "off", "x")).Ok();
    }

    [Fact]
    public async Task What_the_hub_refuses_ends_with_1_and_the_hub_s_sentence()
    {
        (await hub.RunAsync("devices", "create", "twice")).Ok();
        var again = await hub.RunAsync("devices", "create", "twice", "-o", "json");
        Assert.Equal((1, string.Empty), (again.ExitCode, again.Output));
        Assert.StartsWith("nave: DeviceAlreadyExists (409001): ", again.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await hub.RunAsync("devices", "update", "twice", "--status", "disabled", "--etag", "old")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("devices", "delete", "nobody")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("devices", "keys", "nobody")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("devices", "create", "bad id")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("devices", "update", "twice")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("devices", "create", "x", "--auth", "selfSigned")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("devices", "create", "x", "--primary-key", "AAAA")).ExitCode);
    }

    [Fact]
    public async Task A_device_with_a_certificate_has_no_key_to_show()
    {
        var thumbprint = new string('a', 40);
        var created = (await hub.RunAsync("devices", "create", "certified", "--thumbprint", thumbprint, "-o", "json")).Ok().Json[0];
        Assert.Equal("selfSigned", created.GetProperty("authenticationType").GetString());
        Assert.EndsWith(";x509=true", created.GetProperty("connectionString").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, (await hub.RunAsync("devices", "keys", "certified", "--regenerate", "both")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("send", "certified", "x")).ExitCode);
    }

    [Fact]
    public async Task A_connection_string_from_the_environment_reaches_the_local_hub()
    {
        (await hub.RunAsync("devices", "create", "by-variable")).Ok();
        var run = await CliRun.WithAsync(
            string.Empty,
            name => name == "NAVE_CONNECTION_STRING" ? hub.Status.ServiceConnectionString : null,
            "devices", "show", "by-variable", "--endpoint", $"localhost:{hub.Status.Ports.Https}", "--ca", hub.Status.CaFile!);
        run.Ok();
        var untrusted = await CliRun.OfAsync(
            "devices", "show", "by-variable", "--connection-string", hub.Status.ServiceConnectionString, "--endpoint", $"localhost:{hub.Status.Ports.Https}");
        Assert.Equal(1, untrusted.ExitCode);
        Assert.Contains("--ca", untrusted.Error, StringComparison.Ordinal);
    }
}
