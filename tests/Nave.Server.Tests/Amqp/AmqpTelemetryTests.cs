using System.Text;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Server.Tests.Amqp;

/// <summary>Device-to-cloud events.</summary>
public sealed class AmqpTelemetryTests : IAsyncLifetime
{
    private AmqpTestHub _hub = null!;
    private DeviceIdentity _device = null!;
    private AmqpTestClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await AmqpTestHub.StartAsync();
        _device = await _hub.CreateAsync("d1");
        _client = await _hub.ConnectAsync(_device);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task An_accepted_event_is_in_the_log_with_its_properties()
    {
        var sender = await _client.SenderAsync("amqps://hub.test:5671/devices/d1/messages/events/");
        var outcome = await sender.SendAsync(TestMessages.Of(writer =>
        {
            var annotations = writer.BeginMessageAnnotations();
            writer.Symbol("dt-subject");
            writer.String("thermostat");
            writer.Symbol("x-other");
            writer.Int(1);
            writer.End(annotations, 4);
            writer.Properties(new AmqpPropertiesFields
            {
                MessageId = "m1",
                CorrelationId = 7UL,
                UserId = "user"u8,
                To = "/devices/d1/messages/events"u8,
                ContentType = "application/json"u8,
                ContentEncoding = "utf-8"u8,
                AbsoluteExpiryTime = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero).ToUnixTimeMilliseconds(),
            });
            writer.ApplicationProperties(AmqpMap.Strings(
                ("a", "1"), ("number", 42), ("yes", true), ("half", 0.5), ("none", default), ("iothub-message-schema", "s1"), ("iothub-creation-time-utc", "2020-01-01")));
            writer.Data("{\"t\":1}"u8);
        }));
        Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind);
        var stored = Assert.Single(await _hub.ReadTelemetryAsync());
        Assert.Equal("{\"t\":1}", Encoding.UTF8.GetString(stored.Body.Span));
        Assert.Equal(_device.Id, stored.Device);
        var properties = stored.Properties;
        Assert.Equal("m1", properties[SystemProperty.MessageId]);
        Assert.Equal("7", properties[SystemProperty.CorrelationId]);
        Assert.Equal("user", properties[SystemProperty.UserId]);
        Assert.Equal("/devices/d1/messages/events", properties[SystemProperty.To]);
        Assert.Equal("application/json", properties[SystemProperty.ContentType]);
        Assert.Equal("utf-8", properties[SystemProperty.ContentEncoding]);
        Assert.Equal("2030-01-02T03:04:05.0000000Z", properties[SystemProperty.AbsoluteExpiryTime]);
        Assert.Equal("thermostat", properties[SystemProperty.Component]);
        Assert.Equal("s1", properties[SystemProperty.MessageSchema]);
        Assert.Equal("2020-01-01", properties[SystemProperty.CreationTime]);
        Assert.Equal("1", properties["a"]);
        Assert.Equal("42", properties["number"]);
        Assert.Equal("true", properties["yes"]);
        Assert.Equal("0.5", properties["half"]);
        Assert.Equal(string.Empty, properties["none"]);
        Assert.Null(properties["x-other"]);
    }

    [Fact]
    public async Task The_model_of_the_link_is_stamped_on_its_events()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events", AmqpMap.Fields(("com.microsoft:model-id", "dtmi:a:b;1")));
        await sender.SendAsync(TestMessages.Data("x"));
        Assert.Equal("dtmi:a:b;1", Assert.Single(await _hub.ReadTelemetryAsync()).Properties[SystemProperty.DataSchema]);
    }

    [Fact]
    public async Task A_batch_is_as_many_events_and_settled_once()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        var batch = TestMessages.Batch(TestMessages.Data("one", "m1", AmqpMap.Strings(("k", "v"))), TestMessages.Data("two"), TestMessages.Data(""));
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(batch, AmqpBatch.Format)).Kind);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Batch(TestMessages.Data("three")), AmqpBatch.Format)).Kind);
        var stored = await _hub.ReadTelemetryAsync();
        Assert.Equal(["one", "two", "", "three"], stored.Select(e => Encoding.UTF8.GetString(e.Body.Span)));
        Assert.Equal("m1", stored[0].Properties[SystemProperty.MessageId]);
        Assert.Equal("v", stored[0].Properties["k"]);
    }

    [Fact]
    public async Task An_empty_batch_is_accepted_and_a_malformed_one_stores_nothing()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync([], AmqpBatch.Format)).Kind);
        var broken = await sender.SendAsync(TestMessages.Batch(TestMessages.Data("one"), [1, 2, 3]), AmqpBatch.Format);
        Assert.Equal(AmqpOutcomeKind.Rejected, broken.Kind);
        Assert.Empty(await _hub.ReadTelemetryAsync());
    }

    [Fact]
    public async Task Every_event_is_settled_however_many_are_under_way()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 3000).Select(i => sender.SendAsync(TestMessages.Data($"{i}"))));
        Assert.All(outcomes, outcome => Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind));
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"{i}"), (await _hub.ReadTelemetryAsync()).Select(e => Encoding.UTF8.GetString(e.Body.Span)));
    }

    [Fact]
    public async Task Events_that_were_sent_settled_arrive_too()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        await sender.SendAsync(TestMessages.Data("quiet"), settled: true);
        await sender.SendAsync(TestMessages.Batch(TestMessages.Data("b1"), TestMessages.Data("b2")), AmqpBatch.Format, settled: true);
        await sender.SendAsync(TestMessages.Data("loud"));
        Assert.Equal(["quiet", "b1", "b2", "loud"], (await _hub.ReadTelemetryAsync()).Select(e => Encoding.UTF8.GetString(e.Body.Span)));
    }

    [Fact]
    public async Task The_largest_event_passes_in_many_frames_and_a_larger_one_is_rejected()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data(new string('x', TelemetryIngest.MaxEventBytes - 512)))).Kind);
        var outcome = await sender.SendAsync(TestMessages.Data(new string('x', TelemetryIngest.MaxEventBytes + 1)));
        Assert.Equal(AmqpOutcomeKind.Rejected, outcome.Kind);
        Assert.Equal(AmqpCondition.MessageSizeExceeded, outcome.Error!.Condition);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("still there"))).Kind);
        Assert.Equal(2, (await _hub.ReadTelemetryAsync()).Count);
    }

    [Fact]
    public async Task Text_bytes_and_several_sections_are_bodies_and_a_list_is_none()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        await sender.SendAsync(TestMessages.Of(writer => writer.Body("text")));
        await sender.SendAsync(TestMessages.Of(writer => writer.Body("bytes"u8.ToArray())));
        await sender.SendAsync(TestMessages.Of(writer =>
        {
            writer.Data("se"u8);
            writer.Data("ctions"u8);
        }));
        await sender.SendAsync(TestMessages.Of(writer => writer.Properties(new AmqpPropertiesFields { MessageId = "no body" })));
        Assert.Equal(AmqpOutcomeKind.Rejected, (await sender.SendAsync(TestMessages.Of(writer => writer.Body(AmqpValue.List(1, 2))))).Kind);
        Assert.Equal(["text", "bytes", "sections", ""], (await _hub.ReadTelemetryAsync()).Select(e => Encoding.UTF8.GetString(e.Body.Span)));
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_rejected_and_the_link_stays()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        var outcome = await sender.SendAsync([0xFF, 0xFF]);
        Assert.Equal(AmqpOutcomeKind.Rejected, outcome.Kind);
        Assert.Equal(AmqpCondition.DecodeError, outcome.Error!.Condition);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x"))).Kind);
    }

    [Fact]
    public async Task A_message_with_more_properties_than_permitted_is_rejected_and_the_link_stays()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        var most = AmqpMap.Fields([.. Enumerable.Range(0, EventProperties.MaxCount).Select(i => ($"p{i}", (AmqpValue)"v"))]);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x", application: most))).Kind);
        var more = AmqpMap.Fields([.. Enumerable.Range(0, EventProperties.MaxCount + 1).Select(i => ($"p{i}", (AmqpValue)"v"))]);
        var outcome = await sender.SendAsync(TestMessages.Data("y", application: more));
        Assert.Equal(AmqpOutcomeKind.Rejected, outcome.Kind);
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, outcome.Error!.Condition);
        Assert.Single(await _hub.ReadTelemetryAsync());
    }

    [Fact]
    public async Task An_annotation_that_is_there_more_often_than_properties_are_permitted_is_rejected()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        var outcome = await sender.SendAsync(TestMessages.Of(writer =>
        {
            var annotations = writer.BeginMessageAnnotations();
            for (var i = 0; i <= EventProperties.MaxCount; i++)
            {
                writer.Symbol("dt-subject");
                writer.String("thermostat");
            }

            writer.End(annotations, 2 * (EventProperties.MaxCount + 1));
            writer.Data("x"u8);
        }));
        Assert.Equal(AmqpOutcomeKind.Rejected, outcome.Kind);
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, outcome.Error!.Condition);
        Assert.Empty(await _hub.ReadTelemetryAsync());
    }

    [Fact]
    public async Task A_modules_events_are_its_own()
    {
        var module = await _hub.CreateAsync("d1", "m1");
        await using var client = await _hub.ConnectAsync(module);
        var sender = await client.SenderAsync("/devices/d1/modules/m1/messages/events");
        await sender.SendAsync(TestMessages.Data("x", application: AmqpMap.Strings(("iothub-outputname", "out1"))));
        var inputs = await client.ReceiverAsync("/devices/d1/modules/m1/messages/events");
        await inputs.AttachedAsync();
        var stored = Assert.Single(await _hub.ReadTelemetryAsync());
        Assert.Equal(new IdentityId("d1", "m1"), stored.Device);
        Assert.Equal("out1", stored.Properties[SystemProperty.OutputName]);
    }

    [Fact]
    public async Task A_device_receives_nothing_from_its_own_events()
    {
        var receiver = await _client.ReceiverAsync("/devices/d1/messages/events");
        Assert.Equal(AmqpCondition.NotAllowed, (await receiver.Detached)!.Condition);
    }

    [Fact]
    public async Task Many_devices_share_a_connection_with_the_same_link_names()
    {
        await using var client = await _hub.OpenAsync();
        var senders = new List<TestSender>();
        for (var i = 0; i < 50; i++)
        {
            var device = await _hub.CreateAsync($"p{i}");
            Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(device)));
            senders.Add(await client.SenderAsync($"/devices/p{i}/messages/events", session: await client.BeginAsync(), name: "TelemetrySenderLink"));
        }

        var outcomes = await Task.WhenAll(senders.SelectMany(sender => Enumerable.Range(0, 20).Select(_ => sender.SendAsync(TestMessages.Data("x")))));
        Assert.All(outcomes, outcome => Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind));
        Assert.Equal(50, (await _hub.ReadTelemetryAsync()).GroupBy(e => e.Device).Count(group => group.Count() == 20));
        Assert.Equal(50, _hub.Hub.Connections.Count);
    }

    [Fact]
    public async Task Over_the_limit_of_its_tier_events_wait_and_none_is_lost()
    {
        await using var hub = await AmqpTestHub.StartAsync(tier: "S1");
        var device = await hub.CreateAsync("d1");
        await using var client = await hub.ConnectAsync(device);
        var sender = await client.SenderAsync("/devices/d1/messages/events");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => sender.SendAsync(TestMessages.Data($"{i}"))));
        var accepted = outcomes.Count(outcome => outcome.Kind == AmqpOutcomeKind.Accepted);
        Assert.All(outcomes.Where(o => o.Kind != AmqpOutcomeKind.Accepted), o => Assert.Equal("com.microsoft:device-container-throttled", o.Error!.Condition));
        Assert.Equal(accepted, (await hub.ReadTelemetryAsync()).Count);
    }
}
