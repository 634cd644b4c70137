using System.Net;
using System.Net.Sockets;

namespace Nave.Cli.Tests;

/// <summary><c>nave hub file-upload</c> and <c>nave hub webhooks</c>.</summary>
public sealed class HubConfigurationCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task File_upload_is_set_shown_and_removed()
    {
        Assert.Equal(1, (await hub.RunAsync("hub", "file-upload", "show")).ExitCode);
        var set = (await hub.RunAsync("hub", "file-upload", "set", "local", "--ttl", "5m", "--no-notifications", "--max-active", "3", "--max-bytes", "1000", "-o", "json")).Ok().Json[0];
        Assert.Equal(("hub", 5, false, 3, 1000), (
            set.GetProperty("takenBy").GetString(), set.GetProperty("timeToLiveMinutes").GetInt32(), set.GetProperty("notifications").GetBoolean(),
            set.GetProperty("maxActivePerDevice").GetInt32(), set.GetProperty("maxBytes").GetInt32()));
        Assert.Equal(set.ToString(), (await hub.RunAsync("hub", "file-upload", "show", "-o", "json")).Ok().Lines.Single());
        Assert.Equal(1, (await hub.RunAsync("hub", "file-upload", "set", "file:///etc")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("hub", "file-upload", "set", "local", "--max-active", "0")).ExitCode);
        var tooShort = await hub.RunAsync("hub", "file-upload", "set", "local", "--ttl", "1s");
        Assert.Equal(2, tooShort.ExitCode);
        Assert.Contains("1m to 24h", tooShort.Error, StringComparison.Ordinal);
        (await hub.RunAsync("hub", "file-upload", "remove")).Ok();
        Assert.Equal(1, (await hub.RunAsync("hub", "file-upload", "show")).ExitCode);
    }

    [Fact]
    public async Task A_webhook_that_does_not_answer_is_added_listed_tested_and_removed()
    {
        // A port at which nobody listens.
        using var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var url = $"http://127.0.0.1:{((IPEndPoint)held.LocalEndPoint!).Port}/hook?code=secret";
        Assert.Equal(1, (await hub.RunAsync("hub", "webhooks", "add", "first", url)).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("hub", "webhooks", "add", "first", url, "--header", "no colon")).ExitCode);
        var added = await hub.RunAsync(
            "hub", "webhooks", "add", "first", url, "--allow-http", "--event", "DeviceCreated", "--header", "X-Key: secret", "-o", "json");
        Assert.Equal(
            ("first", "awaitingValidation", "eventGrid", "X-Key"),
            (added.Ok().Json[0].GetProperty("name").GetString(), added.Json[0].GetProperty("state").GetString(), added.Json[0].GetProperty("schema").GetString(),
                added.Json[0].GetProperty("header").GetString()));
        Assert.DoesNotContain("secret", added.Output, StringComparison.Ordinal);
        var listed = (await hub.RunAsync("hub", "webhooks", "list", "-o", "json")).Ok();
        Assert.Equal(["DeviceCreated"], listed.Json.Single().GetProperty("events").EnumerateArray().Select(e => e.GetString()));
        var tested = await hub.RunAsync("hub", "webhooks", "test", "first", "-o", "json");
        Assert.Equal((1, false), (tested.ExitCode, tested.Json[0].GetProperty("ok").GetBoolean()));
        Assert.Equal("It could not be reached (ConnectionError).", tested.Json[0].GetProperty("problem").GetString());
        Assert.Empty((await hub.RunAsync("hub", "webhooks", "dead", "first", "-o", "json")).Ok().Lines);
        Assert.Equal(1, (await hub.RunAsync("hub", "webhooks", "dead", "first", "--discard", "none")).ExitCode);
        (await hub.RunAsync("hub", "webhooks", "remove", "first")).Ok();
        Assert.Empty((await hub.RunAsync("hub", "webhooks", "list", "-o", "json")).Ok().Lines);
    }
}
