using System.Text;
using Nave.Api;
using Nave.Hub.Telemetry;
using Nave.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Mqtt;

public sealed class MqttTelemetryTests : IAsyncLifetime
{
    private const string Events = "devices/d1/messages/events/";
    private MqttTestHub _hub = null!;
    private DeviceIdentity _device = null!;

    [Fact]
    public async Task An_event_is_acknowledged_when_it_can_be_read_back_with_all_its_properties()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.PublishAsync(
            Events + "%24.mid=m-1&%24.ct=application%2Fjson&$.ce=utf-8&temperatureAlert=true&a%20b=1%2B1", "{\"t\":21.5}", MqttQos.AtLeastOnce, 9);
        Assert.Equal(9, await client.ExpectPubAckAsync());

        var stored = Assert.Single(await _hub.ReadTelemetryAsync());
        Assert.Equal(_device.Id, stored.Device);
        Assert.Equal("{\"t\":21.5}", Encoding.UTF8.GetString(stored.Body.Span));
        Assert.Equal("m-1", stored.Properties[SystemProperty.MessageId]);
        Assert.Equal("application/json", stored.Properties[SystemProperty.ContentType]);
        Assert.Equal("utf-8", stored.Properties[SystemProperty.ContentEncoding]);
        Assert.Equal("true", stored.Properties["temperatureAlert"]);
        Assert.Equal("1+1", stored.Properties["a b"]);
        Assert.Equal(_device.GenerationId, stored.GenerationId);
        Assert.Contains("\"type\":\"sas\"", stored.AuthMethod, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("devices/d1/messages/events")]
    [InlineData("devices/d1/messages/events/")]
    [InlineData("devices/%64%31/messages/events/")]
    public async Task Every_spelling_of_the_topic_is_taken(string topic)
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.PublishAsync(topic, "x", MqttQos.AtLeastOnce, 1);
        Assert.Equal(1, await client.ExpectPubAckAsync());
        Assert.Single(await _hub.ReadTelemetryAsync());
    }

    [Fact]
    public async Task Events_of_a_connection_keep_their_order_and_so_do_their_acknowledgements()
    {
        const int Count = 2000;
        await using var client = await _hub.ConnectAsync(_device);
        var sending = SendAllAsync();
        for (var i = 1; i <= Count; i++)
        {
            Assert.Equal(i, await client.ExpectPubAckAsync());
        }

        await sending;
        var bodies = (await _hub.ReadTelemetryAsync()).Select(stored => Encoding.UTF8.GetString(stored.Body.Span));
        Assert.Equal(Enumerable.Range(1, Count).Select(i => $"{i}"), bodies);

        async Task SendAllAsync()
        {
            for (var i = 1; i <= Count; i++)
            {
                await client.PublishAsync(Events, $"{i}", MqttQos.AtLeastOnce, (ushort)i);
            }
        }
    }

    [Fact]
    public async Task An_event_without_acknowledgement_is_stored_too()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.PublishAsync(Events, "fire and forget");
        var stored = await UntilStoredAsync(1);
        Assert.Equal("fire and forget", Encoding.UTF8.GetString(stored[0].Body.Span));
    }

    [Fact]
    public async Task Retain_and_duplicate_become_properties()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.PublishAsync(Events + "k=v", "x", MqttQos.AtLeastOnce, 1, retain: true, duplicate: true);
        await client.ExpectPubAckAsync();
        var stored = Assert.Single(await _hub.ReadTelemetryAsync());
        Assert.Equal("true", stored.Properties["mqtt-retain"]);
        Assert.Equal("true", stored.Properties["mqtt-dup"]);
        Assert.Equal("v", stored.Properties["k"]);
    }

    [Fact]
    public async Task A_module_sends_to_an_output_and_the_model_of_the_user_name_is_stamped()
    {
        var module = await _hub.CreateAsync("d1", "m1");
        await using var client = await _hub.OpenAsync();
        var connect = _hub.Connect(module);
        await client.SendAsync(new MqttConnect
        {
            ClientId = connect.ClientId,
            CleanStart = true,
            UserName = connect.UserName + "&model-id=dtmi%3acom%3aexample%3bthing",
            Password = connect.Password,
        });
        await client.ExpectConnAckAsync();
        await client.PublishAsync("devices/d1/modules/m1/messages/events/%24.on=out1", "x", MqttQos.AtLeastOnce, 1);
        await client.ExpectPubAckAsync();
        var stored = Assert.Single(await _hub.ReadTelemetryAsync());
        Assert.Equal(module.Id, stored.Device);
        Assert.Equal("out1", stored.Properties[SystemProperty.OutputName]);
        Assert.Equal("dtmi:com:example;thing", stored.Properties[SystemProperty.DataSchema]);
    }

    [Fact]
    public async Task User_properties_of_mqtt_5_become_application_properties()
    {
        await using var client = await _hub.ConnectAsync(_device, MqttVersion.V5);
        var properties = new MqttPropertiesBuilder().AddUser("colour", "red").AddString(MqttPropertyId.ContentType, "text/plain").Build();
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        new MqttPublish
        {
            Topic = "devices/d1/messages/events/"u8, Payload = "x"u8, Qos = MqttQos.AtLeastOnce, PacketId = 1, Properties = properties.Reader,
        }.Encode(output, MqttVersion.V5, MqttSender.Client);
        await client.SendAsync(output.WrittenSpan.ToArray());
        await client.ExpectPubAckAsync();
        var stored = Assert.Single(await _hub.ReadTelemetryAsync());
        Assert.Equal("red", stored.Properties["colour"]);
        Assert.Equal("text/plain", stored.Properties[SystemProperty.ContentType]);
    }

    [Fact]
    public async Task The_largest_body_is_taken_and_one_byte_more_closes()
    {
        await using var client = await _hub.ConnectAsync(_device);
        var body = new byte[TelemetryIngest.MaxEventBytes];
        Random.Shared.NextBytes(body);
        await client.SendAsync(client.Publish(Events, body, MqttQos.AtLeastOnce, 1));
        Assert.Equal(1, await client.ExpectPubAckAsync());
        Assert.Equal(body, Assert.Single(await _hub.ReadTelemetryAsync()).Body.ToArray());

        await client.SendAsync(client.Publish(Events, new byte[TelemetryIngest.MaxEventBytes + 1], MqttQos.AtLeastOnce, 2));
        await client.ExpectCloseAsync();

        await using var larger = await _hub.ConnectAsync(_device, MqttVersion.V5);
        await larger.SendAsync(0x32, 0xFF, 0xFF, 0x7F);
        Assert.Equal(MqttReason.PacketTooLarge, (await larger.ExpectDisconnectAsync()).Reason);
    }

    [Theory]
    [InlineData("devices/d2/messages/events/", MqttQos.AtMostOnce, MqttReason.TopicNameInvalid)]
    [InlineData("devices/d1/messages/eventsX", MqttQos.AtMostOnce, MqttReason.TopicNameInvalid)]
    [InlineData("devices/d1/modules/m1/messages/events/", MqttQos.AtLeastOnce, MqttReason.TopicNameInvalid)]
    [InlineData("$iothub/other/", MqttQos.AtLeastOnce, MqttReason.TopicNameInvalid)]
    [InlineData("home/kitchen", MqttQos.AtLeastOnce, MqttReason.TopicNameInvalid)]
    [InlineData("devices/d1/messages/events/a=%zz", MqttQos.AtLeastOnce, MqttReason.TopicNameInvalid)]
    [InlineData("devices/d1/messages/events/", MqttQos.ExactlyOnce, MqttReason.QosNotSupported)]
    public async Task What_the_service_does_not_take_closes_the_connection(string topic, MqttQos qos, MqttReason reason)
    {
        var packetId = (ushort)(qos == MqttQos.AtMostOnce ? 0 : 1);
        await using var old = await _hub.ConnectAsync(_device);
        await old.PublishAsync(topic, "x", qos, packetId);
        await old.ExpectCloseAsync();

        await using var modern = await _hub.ConnectAsync(_device, MqttVersion.V5);
        await modern.PublishAsync(topic, "x", qos, packetId);
        Assert.Equal(reason, (await modern.ExpectDisconnectAsync()).Reason);
        await modern.ExpectCloseAsync();
        Assert.Empty(await _hub.ReadTelemetryAsync());
    }

    [Fact]
    public async Task A_will_is_published_when_the_connection_breaks_and_not_after_a_goodbye()
    {
        var will = new MqttWill { Topic = Events + "why=lost", Payload = "gone"u8.ToArray(), Qos = MqttQos.AtLeastOnce };
        await using (var polite = await _hub.ConnectAsync(_device, will: will))
        {
            await polite.DisconnectAsync();
            await polite.ExpectCloseAsync();
        }

        await using (await _hub.ConnectAsync(_device, will: will))
        {
        }

        var stored = Assert.Single(await UntilStoredAsync(1));
        Assert.Equal("gone", Encoding.UTF8.GetString(stored.Body.Span));
        Assert.Equal("Will", stored.Properties["iothub-MessageType"]);
        Assert.Equal("lost", stored.Properties["why"]);
    }

    [Fact]
    public async Task A_will_for_another_topic_is_refused_with_the_connect()
    {
        await using var client = await _hub.OpenAsync();
        await client.SendAsync(_hub.Connect(_device, will: new MqttWill { Topic = "devices/d2/messages/events/" }));
        Assert.Equal(MqttReason.NotAuthorized, (await client.ExpectConnAckAsync()).Reason);
    }

    [Fact]
    public async Task A_flood_from_many_connections_is_stored_once_each()
    {
        const int Clients = 20, Each = 500;
        var devices = new List<DeviceIdentity>();
        for (var i = 0; i < Clients; i++)
        {
            devices.Add(await _hub.CreateAsync($"f{i}"));
        }

        await Task.WhenAll(devices.Select(FloodAsync));
        var stored = await _hub.ReadTelemetryAsync();
        Assert.Equal(Clients * Each, stored.Count);
        foreach (var device in stored.GroupBy(e => e.Device))
        {
            Assert.Equal(Enumerable.Range(1, Each).Select(i => $"{i}"), device.Select(e => Encoding.UTF8.GetString(e.Body.Span)));
        }

        async Task FloodAsync(DeviceIdentity device)
        {
            await using var client = await _hub.ConnectAsync(device);
            var bytes = new List<byte>();
            for (var i = 1; i <= Each; i++)
            {
                bytes.AddRange(client.Publish($"devices/{device.DeviceId}/messages/events/", Encoding.UTF8.GetBytes($"{i}"), MqttQos.AtLeastOnce, (ushort)i));
            }

            await client.SendAsync([.. bytes]);
            for (var i = 1; i <= Each; i++)
            {
                Assert.Equal(i, await client.ExpectPubAckAsync());
            }
        }
    }

    public async ValueTask InitializeAsync()
    {
        _hub = await MqttTestHub.StartAsync();
        _device = await _hub.CreateAsync("d1");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private async Task<List<StoredEvent>> UntilStoredAsync(int count)
    {
        var stored = new List<StoredEvent>();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (stored.Count < count)
        {
            Assert.True(watch.Elapsed < TestDeadline.Default, $"{stored.Count} of {count} events are stored.");
            stored = await _hub.ReadTelemetryAsync();
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        return stored;
    }
}
