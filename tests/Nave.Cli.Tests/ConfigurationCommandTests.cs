namespace Nave.Cli.Tests;

public sealed class ConfigurationCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task A_configuration_is_made_shown_changed_and_deleted()
    {
        var created = (await hub.RunAsync(
            "configurations", "create", "slow", "--content", """{"content":{"deviceContent":{"properties.desired.interval":60}}}""", "--target-condition",
            "tags.site = 'berlin'", "--priority", "7", "--labels", """{"why":"battery"}""", "--metrics", """{"done":"SELECT deviceId FROM devices"}""", "-o", "json")).Ok().Json[0];
        Assert.Equal((7, "battery"), (created.GetProperty("priority").GetInt32(), created.GetProperty("labels").GetProperty("why").GetString()));

        var updated = (await hub.RunAsync("configurations", "update", "slow", "--target-condition", "*", "-o", "json")).Ok().Json[0];
        Assert.Equal(("*", 7), (updated.GetProperty("targetCondition").GetString(), updated.GetProperty("priority").GetInt32()));
        Assert.Equal("SELECT deviceId FROM devices", updated.GetProperty("metrics").GetProperty("queries").GetProperty("done").GetString());
        var shown = (await hub.RunAsync("configurations", "show", "slow", "-o", "json")).Ok().Json[0];
        Assert.Equal(60, shown.GetProperty("content").GetProperty("deviceContent").GetProperty("properties.desired.interval").GetInt32());
        Assert.Contains("slow", (await hub.RunAsync("configurations", "list")).Ok().Output, StringComparison.Ordinal);

        Assert.Equal(2, (await hub.RunAsync("configurations", "update", "slow")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("configurations", "update", "slow", "--etag", "other", "--priority", "8")).ExitCode);
        Assert.Equal("""{"id":"slow","deleted":true}""", Assert.Single((await hub.RunAsync("configurations", "delete", "slow", "-o", "json")).Ok().Lines));
        Assert.Equal(1, (await hub.RunAsync("configurations", "show", "slow")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("configurations", "delete", "slow")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("configurations", "create", "bad", "--content", "{")).ExitCode);
    }

    [Fact]
    public async Task Content_is_applied_to_one_device()
    {
        (await hub.RunAsync("devices", "create", "one")).Ok();
        Assert.Equal("""{"deviceId":"one","applied":true}""", Assert.Single((await hub.RunAsync(
            "configurations", "apply", "one", "--content", """{"deviceContent":{"properties.desired.x":1}}""", "-o", "json")).Ok().Lines));
        Assert.Equal(1, (await hub.RunAsync("twin", "show", "one", "-o", "json")).Ok().Json[0]
            .GetProperty("properties").GetProperty("desired").GetProperty("x").GetInt32());
    }
}
