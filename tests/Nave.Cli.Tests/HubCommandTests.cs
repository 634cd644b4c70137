namespace Nave.Cli.Tests;

public sealed class HubCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    [Fact]
    public async Task A_hub_is_created_used_and_deleted_and_shares_nothing_with_the_default_one()
    {
        var created = (await hub.RunAsync("hub", "create", "second", "--host", "second.example", "--partitions", "2", "-o", "json")).Ok().Json[0];
        Assert.Equal(("second", "second.example", 2), (
            created.GetProperty("name").GetString(), created.GetProperty("hostName").GetString(), created.GetProperty("partitions").GetInt32()));
        var connection = created.GetProperty("serviceConnectionString").GetString()!;
        Assert.Equal(["localhost", "second"], (await hub.RunAsync("hub", "list", "-o", "json")).Ok().Json.Select(line => line.GetProperty("name").GetString()));

        (await hub.RunAsync("devices", "create", "there", "--connection-string", connection)).Ok();
        (await hub.RunAsync("send", "there", "x", "--connection-string", connection)).Ok();
        Assert.Equal(1, (await hub.RunAsync("devices", "show", "there")).ExitCode);
        Assert.Contains("there", (await hub.RunAsync("monitor", "--from", "earliest", "--until-end", "--connection-string", connection)).Ok().Output, StringComparison.Ordinal);

        Assert.Equal(1, (await hub.RunAsync("hub", "delete", "second")).ExitCode);
        (await CliRun.WithAsync("second\n", _ => null, "hub", "delete", "second", "--data", hub.Data)).Ok();
        Assert.Single((await hub.RunAsync("hub", "list", "-o", "json")).Ok().Lines);
        Assert.Equal(1, (await hub.RunAsync("hub", "delete", "second", "--yes")).ExitCode);
    }

    [Fact]
    public async Task A_device_connects_by_any_alias_of_its_hub()
    {
        var created = (await hub.RunAsync("hub", "create", "plant", "--host", "plant.example", "--alias", "fleet.example", "-o", "json")).Ok().Json[0];
        var connection = created.GetProperty("serviceConnectionString").GetString()!;
        (await hub.RunAsync("devices", "create", "pump", "--connection-string", connection)).Ok();
        var plant = (await hub.RunAsync("hub", "aliases", "plant", "fleet.example", "spare.example", "-o", "json")).Ok().Json[0];
        Assert.Equal(["fleet.example", "spare.example"], plant.GetProperty("aliases").EnumerateArray().Select(name => name.GetString()));
        foreach (var name in (string[])["fleet.example", "spare.example"])
        {
            (await hub.RunAsync("send", "pump", name, "--connection-string", connection.Replace("plant.example", name, StringComparison.Ordinal))).Ok();
        }

        Assert.Equal(1, (await hub.RunAsync("hub", "aliases", "plant", "localhost")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("monitor", "--from", "earliest", "--until-end", "-o", "json", "--connection-string", connection)).Ok()
            .Lines.Count(line => line.Contains(".example", StringComparison.Ordinal)));

        Assert.True((await hub.RunAsync("hub", "standby", "on", "-o", "json", "--connection-string", connection)).Ok().Json[0].GetProperty("standby").GetBoolean());
        Assert.Equal(1, (await hub.RunAsync("send", "pump", "x", "--connection-string", connection)).ExitCode);
        (await hub.RunAsync("hub", "standby", "off", "--connection-string", connection)).Ok();
        (await hub.RunAsync("send", "pump", "x", "--connection-string", connection)).Ok();

        (await hub.RunAsync("hub", "aliases", "plant")).Ok();
        var gone = connection.Replace("plant.example", "spare.example", StringComparison.Ordinal);
        Assert.Equal(1, (await hub.RunAsync("send", "pump", "x", "--connection-string", gone)).ExitCode);
        (await hub.RunAsync("hub", "delete", "plant", "--yes")).Ok();
    }

    [Fact]
    public async Task A_hub_that_exists_or_does_not_fit_is_refused()
    {
        Assert.Equal(1, (await hub.RunAsync("hub", "create", "localhost")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("hub", "create", "third", "--tier", "S9")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("hub", "create", "third", "--partitions", "33")).ExitCode);
    }

    [Fact]
    public async Task The_status_is_printed_for_people_programs_and_shells()
    {
        Assert.Equal(hub.Status.ToJson(), Assert.Single((await hub.RunAsync("status", "-o", "json")).Ok().Lines));
        var table = (await hub.RunAsync("status")).Ok().Output;
        Assert.Matches($@"(?m)^mqttPort +{hub.Status.Ports.Mqtt}$", table);
        Assert.Matches($@"(?m)^amqpPort +{hub.Status.Ports.Amqp}$", table);
        var shell = (await hub.RunAsync("status", "-o", "env")).Ok().Lines;
        Assert.Contains($"export NAVE_CONNECTION_STRING='{hub.Status.ServiceConnectionString}'", shell);
        Assert.Contains($"export NAVE_EVENT_HUB_CONNECTION_STRING='{hub.Status.EventHubConnectionString}'", shell);
        Assert.Contains($"export NAVE_CA_FILE='{hub.Status.CaFile}'", shell);
    }
}
