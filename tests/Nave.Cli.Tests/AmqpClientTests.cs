using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nave.Api;
using Nave.Cli.Commands;
using Nave.Client;
using Nave.Server.Hosting;
using Nave.Testing;

namespace Nave.Cli.Tests;

/// <summary>The clients over AMQP against the real hub; their faults are tested where a hub can be made to misbehave.</summary>
public sealed class AmqpClientTests(RunningHub hub) : IClassFixture<RunningHub>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_to_a_device_is_accepted_delivered_and_fed_back()
    {
        await using var device = await ConnectAsync("fed-back");
        var arrived = new TaskCompletionSource<DeviceMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        await device.SetMessageHandlerAsync(
            (message, _) =>
            {
                arrived.TrySetResult(message);
                return Task.CompletedTask;
            },
            Token);
        await using var client = HubOptions.TargetOf(hub.Status).CreateMessaging();
        await using var feedback = client.ReceiveFeedbackAsync(Token).GetAsyncEnumerator(Token);
        var first = feedback.MoveNextAsync().AsTask();

        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.MessageId, "c-1");
        properties.Add(SystemProperty.ContentType, "text/plain");
        properties.Add(SystemProperty.Ack, "full");
        properties.Add("room", "kitchen");
        await client.SendAsync(new IdentityId("fed-back", null), properties.ToProperties(), Encoding.UTF8.GetBytes("to you"), Token);
        var message = await arrived.Task.WaitAsync(TestDeadline.Default, Token);
        Assert.Equal(("to you", "c-1", "text/plain", "kitchen"), (
            Encoding.UTF8.GetString(message.Body.Span), message.Properties[SystemProperty.MessageId], message.Properties[SystemProperty.ContentType], message.Properties["room"]));

        Assert.True(await first.WaitAsync(TestDeadline.Default, Token));
        var record = Assert.Single(feedback.Current.Records);
        Assert.Equal(("c-1", "Success", "fed-back"), (record.OriginalMessageId, record.StatusCode, record.DeviceId));
        await feedback.Current.CompleteAsync(Token);
    }

    [Fact]
    public async Task A_message_that_the_hub_does_not_take_is_told_with_its_reason()
    {
        (await hub.RunAsync("devices", "create", "full")).Ok();
        await using var client = HubOptions.TargetOf(hub.Status).CreateMessaging();
        var unknown = await Assert.ThrowsAsync<AmqpPeerException>(() => client.SendAsync(new IdentityId("nobody", null), EventProperties.Empty, default, Token));
        Assert.Equal(AmqpPeerError.NotFound, unknown.Error);
        for (var i = 0; i < 50; i++)
        {
            await client.SendAsync(new IdentityId("full", null), EventProperties.Empty, new byte[1], Token);
        }

        var full = await Assert.ThrowsAsync<AmqpPeerException>(() => client.SendAsync(new IdentityId("full", null), EventProperties.Empty, new byte[1], Token));
        Assert.Equal(AmqpPeerError.QuotaExceeded, full.Error);
        Assert.Equal(1, (await hub.RunAsync("send", "nobody", "x", "--c2d")).ExitCode);
    }

    [Fact]
    public async Task A_reader_with_a_higher_level_takes_a_partition_over()
    {
        (await hub.RunAsync("devices", "create", "owned")).Ok();
        (await hub.RunAsync("send", "owned", "x")).Ok();
        await using var client = HubOptions.TargetOf(hub.Status).Events.CreateClient();
        var partition = (await FirstOfAsync(client, "owned")).PartitionId;
        var options = new EventReadOptions { PartitionIds = [partition], Start = EventPosition.Earliest, OwnerLevel = 1 };
        await using var first = client.ReadAsync(options, Token).GetAsyncEnumerator(Token);
        Assert.True(await first.MoveNextAsync().AsTask().WaitAsync(TestDeadline.Default, Token));
        await using var second = client.ReadAsync(options with { OwnerLevel = 2 }, Token).GetAsyncEnumerator(Token);
        Assert.True(await second.MoveNextAsync().AsTask().WaitAsync(TestDeadline.Default, Token));
        var thrown = await Assert.ThrowsAsync<AmqpPeerException>(async () =>
        {
            while (await first.MoveNextAsync().AsTask().WaitAsync(TestDeadline.Default, Token))
            {
                // What came before is handed out first.
            }
        });
        Assert.Equal(AmqpPeerError.Disconnected, thrown.Error);
        await using var third = client.ReadAsync(options with { OwnerLevel = null }, Token).GetAsyncEnumerator(Token);
        await Assert.ThrowsAsync<AmqpPeerException>(() => third.MoveNextAsync().AsTask().WaitAsync(TestDeadline.Default, Token));
    }

    [Fact]
    public async Task Events_of_any_size_come_whole()
    {
        await using var device = await ConnectAsync("sizes");
        int[] sizes = [0, 1, 1000, 70_000, 262_000];
        foreach (var size in sizes)
        {
            var body = new byte[size];
            new Random(size).NextBytes(body);
            await device.SendEventAsync(body, properties: null, Token);
        }

        await using var client = HubOptions.TargetOf(hub.Status).Events.CreateClient();
        var seen = new List<int>();
        await foreach (var received in client.ReadAsync(new EventReadOptions { Start = EventPosition.Earliest, UntilEnd = true }, Token))
        {
            if (received.IsOf("sizes"u8) && received.Source == "Telemetry")
            {
                var body = new byte[received.Body.Length];
                new Random(body.Length).NextBytes(body);
                Assert.Equal(body, received.Body.ToArray());
                seen.Add(body.Length);
            }
        }

        Assert.Equal(sizes, seen);
    }

    [Fact]
    public async Task Reading_goes_on_behind_the_last_event_when_the_hub_was_restarted()
    {
        using var folder = new TemporaryFolder();
        var options = new NaveServerOptions { DataFolder = folder.Path, HttpsPort = 0, MqttPort = 0, AmqpPort = 0 };
        EventsClient? client = null;
        IAsyncEnumerator<ReceivedEvent>? reading = null;
        var server = await NaveServer.StartAsync(options, TimeProvider.System, NullLoggerFactory.Instance, Token);
        try
        {
            (await CliRun.OfAsync("devices", "create", "steady", "--data", folder.Path)).Ok();
            client = HubOptions.TargetOf(server.Status).Events.CreateClient();
            reading = client.ReadAsync(new EventReadOptions { Start = EventPosition.Earliest }, Token).GetAsyncEnumerator(Token);
            var seen = new List<string>();
            for (var round = 0; round < 3; round++)
            {
                (await CliRun.OfAsync("send", "steady", $"{round}", "--count", "10", "--data", folder.Path)).Ok();
                while (seen.Count < (round + 1) * 10)
                {
                    Assert.True(await reading.MoveNextAsync().AsTask().WaitAsync(TestDeadline.Default, Token));
                    if (reading.Current.Source == "Telemetry")
                    {
                        seen.Add(Encoding.UTF8.GetString(reading.Current.Body.Span));
                    }
                }

                await server.StopAsync();
                server = await NaveServer.StartAsync(
                    options with { AmqpPort = server.Status.Ports.Amqp!.Value }, TimeProvider.System, NullLoggerFactory.Instance, Token);
            }

            Assert.Equal(Enumerable.Range(0, 3).SelectMany(round => Enumerable.Repeat($"{round}", 10)), seen);
        }
        finally
        {
            if (reading is not null)
            {
                await reading.DisposeAsync();
            }

            if (client is not null)
            {
                await client.DisposeAsync();
            }

            await server.DisposeAsync();
        }
    }

    private static async Task<ReceivedEvent> FirstOfAsync(EventsClient client, string device)
    {
        var id = Encoding.UTF8.GetBytes(device);
        await foreach (var received in client.ReadAsync(new EventReadOptions { Start = EventPosition.Earliest }, Token))
        {
            if (received.IsOf(id))
            {
                return received;
            }
        }

        throw new InvalidOperationException("Reading ended.");
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
