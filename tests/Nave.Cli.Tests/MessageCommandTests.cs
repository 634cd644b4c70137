using System.Text.Json;
using Nave.Api;
using Nave.Cli.Commands;
using Nave.Client;
using Nave.Testing;

namespace Nave.Cli.Tests;

public sealed class MessageCommandTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_sent_is_monitored_with_all_its_properties()
    {
        (await hub.RunAsync("devices", "create", "sender")).Ok();
        var sent = (await hub.RunAsync(
            "send", "sender", """{"t":21.50}""", "-p", "level=high", "-p", "empty=", "--content-type", "application/json", "--message-id", "m-1", "-o", "json")).Ok().Json[0];
        Assert.Equal(("sender", "d2c", 1, "m-1"), (
            sent.GetProperty("deviceId").GetString(), sent.GetProperty("direction").GetString(), sent.GetProperty("count").GetInt32(), sent.GetProperty("messageId").GetString()));

        var line = Assert.Single(await TelemetryOfAsync("sender"));
        Assert.Equal(
            ["partition", "sequenceNumber", "offset", "enqueuedTime", "deviceId", "moduleId", "systemProperties", "properties", "body"],
            line.EnumerateObject().Select(member => member.Name));
        Assert.Equal("""{"t":21.50}""", line.GetProperty("body").GetRawText());
        Assert.Equal("""{"level":"high","empty":""}""", line.GetProperty("properties").GetRawText());
        Assert.Equal("m-1", line.GetProperty("systemProperties").GetProperty("message-id").GetString());
    }

    [Theory]
    [InlineData("mqtt")]
    [InlineData("ws")]
    [InlineData("plain")]
    public async Task Messages_arrive_over_each_transport_in_order(string transport)
    {
        var device = "over-" + transport;
        (await hub.RunAsync("devices", "create", device)).Ok();
        (await hub.RunAsync("send", device, "hello", "--count", "50", "--message-id", "n", "--transport", transport)).Ok();
        var lines = await TelemetryOfAsync(device);
        Assert.Equal(
            Enumerable.Range(1, 50).Select(i => $"n-{i}"),
            lines.Select(line => line.GetProperty("systemProperties").GetProperty("message-id").GetString()));
        Assert.All(lines, line => Assert.Equal("hello", line.GetProperty("body").GetString()));
    }

    [Fact]
    public async Task A_device_connection_string_needs_no_registry()
    {
        var device = (await hub.RunAsync("devices", "create", "own", "-o", "json")).Ok().Json[0].GetProperty("connectionString").GetString()!;
        (await CliRun.OfAsync(
            "send", "own", "x", "--connection-string", device, "--mqtt-endpoint", $"localhost:{hub.Status.Ports.Mqtt}", "--ca", hub.Status.CaFile!)).Ok();
        (await hub.RunAsync("send", "own", "x", "--device-connection-string", device)).Ok();
        Assert.Equal(2, (await hub.RunAsync("send", "other", "x", "--device-connection-string", device)).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("send", "own", "x", "-p", "novalue")).ExitCode);
        Assert.Equal(2, (await CliRun.OfAsync("devices", "list", "--connection-string", device)).ExitCode);
    }

    [Fact]
    public async Task Monitor_stops_at_the_end_in_partition_and_sequence_order()
    {
        for (var i = 0; i < 6; i++)
        {
            (await hub.RunAsync("devices", "create", $"order-{i}")).Ok();
            (await hub.RunAsync("send", $"order-{i}", "x", "--count", "3")).Ok();
        }

        var all = (await hub.RunAsync("monitor", "--from", "earliest", "--until-end", "-o", "json")).Ok().Json;
        var places = all.Select(line => (Partition: line.GetProperty("partition").GetInt32(), Sequence: line.GetProperty("sequenceNumber").GetInt64())).ToArray();
        Assert.Equal(places.Order(), places);
        Assert.True(places.Select(place => place.Partition).Distinct().Count() > 1);

        var one = (await hub.RunAsync("monitor", "--from", "-1h", "--until-end", "-o", "json", "--partition", $"{places[^1].Partition}")).Ok().Json;
        Assert.Equal(places.Count(place => place.Partition == places[^1].Partition), one.Count);
        Assert.Empty((await hub.RunAsync("monitor", "--until-end", "-o", "json")).Ok().Output);
        var tsv = (await hub.RunAsync("monitor", "--from", "earliest", "--until-end", "-o", "tsv")).Ok().Lines;
        Assert.All(tsv, line => Assert.Equal(6, line.Count(c => c == '\t')));
    }

    [Theory]
    [InlineData("amqp")]
    [InlineData("ws")]
    public async Task Monitor_takes_any_connection_string_and_either_transport(string transport)
    {
        var device = "watched-" + transport;
        (await hub.RunAsync("devices", "create", device)).Ok();
        (await hub.RunAsync("send", device, "seen", "-p", "level=high")).Ok();
        foreach (var connection in (string[])[hub.Status.EventHubConnectionString, hub.Status.ServiceConnectionString])
        {
            var run = (await CliRun.OfAsync(
                "monitor", "--from", "earliest", "--until-end", "--device", device, "-o", "json", "--transport", transport, "--connection-string", connection,
                "--amqp-endpoint", $"localhost:{hub.Status.Ports.Amqp}", "--endpoint", $"localhost:{hub.Status.Ports.Https}", "--ca", hub.Status.CaFile!)).Ok();
            Assert.Contains(run.Json, line => line.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.String && body.GetString() == "seen");
        }
    }

    [Fact]
    public async Task Monitor_starts_at_a_place_in_a_partition_and_shows_properties()
    {
        (await hub.RunAsync("devices", "create", "placed")).Ok();
        (await hub.RunAsync("send", "placed", "x", "--count", "5", "-p", "level=high", "--message-id", "p")).Ok();
        var all = await TelemetryOfAsync("placed");
        var partition = $"{all[0].GetProperty("partition").GetInt32()}";
        foreach (var from in (string[])[$"sequence:{all[3].GetProperty("sequenceNumber").GetInt64()}", $"offset:{all[3].GetProperty("offset").GetString()}"])
        {
            // The device's leaving is an event too, and may come in between.
            var lines = (await hub.RunAsync("monitor", "--from", from, "--partition", partition, "--until-end", "--device", "placed", "--properties", "all")).Ok().Lines;
            var rest = lines.Where(line => line.Contains("message-id=p-", StringComparison.Ordinal)).ToList();
            Assert.Equal(2, rest.Count);
            Assert.Contains("message-id=p-4", rest[0], StringComparison.Ordinal);
            Assert.EndsWith("level=high}", rest[1], StringComparison.Ordinal);
        }

        Assert.Equal(2, (await hub.RunAsync("monitor", "--from", "sequence:3", "--until-end")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("monitor", "--consumer-group", "a/b", "--until-end")).ExitCode);
    }

    [Fact]
    public async Task What_monitor_cannot_reach_or_find_is_said_in_one_sentence()
    {
        var run = await hub.RunAsync("monitor", "--from", "earliest", "--partition", "31");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("partition 31", Assert.Single(LinesOf(run)), StringComparison.Ordinal);
        run = await hub.RunAsync("monitor", "--from", "earliest", "--consumer-group", "nobody");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("nobody", Assert.Single(LinesOf(run)), StringComparison.Ordinal);
        run = await CliRun.OfAsync(
            "monitor", "--connection-string", hub.Status.EventHubConnectionString, "--amqp-endpoint", $"localhost:{hub.Status.Ports.Amqp}", "--data", hub.Data + "-none");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--ca", Assert.Single(LinesOf(run)), StringComparison.Ordinal);

        static string[] LinesOf(CliRun run) => run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task Consumer_groups_are_made_read_with_and_deleted()
    {
        (await hub.RunAsync("devices", "create", "grouped")).Ok();
        (await hub.RunAsync("send", "grouped", "x")).Ok();
        Assert.Equal("$Default", (await hub.RunAsync("consumer-groups", "list", "-o", "json")).Ok().Json[0].GetProperty("name").GetString());
        Assert.Equal("mine", (await hub.RunAsync("consumer-groups", "create", "mine", "-o", "json")).Ok().Json[0].GetProperty("name").GetString());
        Assert.NotEmpty((await hub.RunAsync("monitor", "--consumer-group", "mine", "--from", "earliest", "--until-end", "--device", "grouped")).Ok().Lines);
        Assert.Equal("""{"name":"mine","deleted":true}""", Assert.Single((await hub.RunAsync("consumer-groups", "delete", "mine", "-o", "json")).Ok().Lines));
        Assert.Single((await hub.RunAsync("consumer-groups", "list", "-o", "json")).Ok().Json);
        Assert.Equal(1, (await hub.RunAsync("consumer-groups", "delete", "mine")).ExitCode);
        Assert.Equal(1, (await hub.RunAsync("consumer-groups", "delete", "$Default")).ExitCode);
    }

    [Fact]
    public async Task Monitor_follows_until_it_is_stopped()
    {
        (await hub.RunAsync("devices", "create", "followed")).Ok();
        using var stop = new CancellationTokenSource();
        var output = new LineWriter();
        var console = new Output.CliConsole(output, TextWriter.Null, TextReader.Null);
        var following = NaveCommand.RunAsync(
            ["monitor", "--from", "earliest", "--device", "followed", "-o", "json", "--data", hub.Data], console, stop.Token);
        await output.FirstLine.WaitAsync(TestDeadline.Default, Token);
        await stop.CancelAsync();
        Assert.Equal(0, await following.WaitAsync(TestDeadline.Default, Token));
    }

    [Fact]
    public async Task A_message_to_a_device_arrives_with_its_properties()
    {
        await using var device = await ConnectAsync("listener");
        var arrived = new TaskCompletionSource<DeviceMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        await device.SetMessageHandlerAsync(
            (message, _) =>
            {
                arrived.TrySetResult(message);
                return Task.CompletedTask;
            },
            Token);
        var sent = (await hub.RunAsync("send", "listener", "to you", "--c2d", "-p", "a=b", "--message-id", "c-1", "--ack", "full", "--expires-in", "5m", "-o", "json")).Ok().Json[0];
        Assert.Equal("c2d", sent.GetProperty("direction").GetString());
        var message = await arrived.Task.WaitAsync(TestDeadline.Default, Token);
        Assert.Equal(("to you", "b", "c-1"), (
            System.Text.Encoding.UTF8.GetString(message.Body.Span), message.Properties["a"], message.Properties[SystemProperty.MessageId]));
    }

    [Fact]
    public async Task A_method_is_invoked_and_its_answer_printed()
    {
        await using var device = await ConnectAsync("called");
        await device.SetMethodHandlerAsync(
            (call, _) => ValueTask.FromResult(new DirectMethodResponse { Status = 418, Payload = RawJson.Parse($$"""{"name":"{{call.Name}}","got":{{call.Payload}}}""") }), Token);
        var answer = (await hub.RunAsync("invoke", "called", "brew", "--payload", """{"cups":2.0}""", "-o", "json")).Ok();
        Assert.Equal("""{"status":418,"payload":{"name":"brew","got":{"cups":2.0}}}""", Assert.Single(answer.Lines));
        Assert.Contains("status   418", (await hub.RunAsync("invoke", "called", "brew", "--payload", "1")).Ok().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_of_a_device_that_is_away_ends_with_1()
    {
        (await hub.RunAsync("devices", "create", "away")).Ok();
        var run = await hub.RunAsync("invoke", "away", "brew");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("DeviceNotOnline (404103)", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await hub.RunAsync("invoke", "away", "brew", "--timeout", "1s")).ExitCode);
        Assert.Equal(2, (await hub.RunAsync("invoke", "away", "brew", "--payload", "{")).ExitCode);
    }

    private async Task<IReadOnlyList<JsonElement>> TelemetryOfAsync(string device)
    {
        var lines = (await hub.RunAsync("monitor", "--from", "earliest", "--until-end", "--device", device, "-o", "json")).Ok().Json;
        return [.. lines.Where(line => line.GetProperty("systemProperties").GetProperty("iothub-message-source").GetString() == "Telemetry")];
    }

    private async Task<DeviceClient> ConnectAsync(string id)
    {
        var created = (await hub.RunAsync("devices", "create", id, "-o", "json")).Ok().Json[0];
        var client = DeviceClient.Create(
            IotHubConnectionString.Parse(created.GetProperty("connectionString").GetString()!), HubOptions.TargetOf(hub.Status).DeviceOptions());
        await client.ConnectAsync(Token);
        return client;
    }
}
