using System.Text;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Server.Tests.Amqp.Events;

namespace Nave.Server.Tests.Amqp.Service;

/// <summary>Sending to devices over AMQP.</summary>
public sealed class CloudToDeviceLinkTests
{
    private static readonly IdentityId s_device = new("d#1");

    [Fact]
    public async Task A_message_is_accepted_once_it_is_queued_and_has_all_its_properties()
    {
        await using var hub = await StartAsync();
        await using var client = await hub.ConnectAsync();
        var link = await client.SenderAsync("/messages/devicebound");
        var expiry = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddHours(2).ToUnixTimeMilliseconds());
        var outcome = await link.Send(Message("/devices/d%231/messages/devicebound", "hello", writer =>
        {
            writer.Properties(new AmqpPropertiesFields
            {
                MessageId = "m1", CorrelationId = Guid.Empty, To = "/devices/d%231/messages/devicebound"u8, UserId = "me"u8,
                ContentType = "text/plain"u8, ContentEncoding = "utf-8"u8, AbsoluteExpiryTime = expiry.ToUnixTimeMilliseconds(),
            });
            writer.ApplicationProperties(AmqpMap.Strings(("iothub-ack", "full"), ("a", "b"), ("n", 7), ("t", true), ("none", default)));
        }));
        Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind);
        var held = await ReceiveAsync(hub, s_device);
        Assert.Equal("hello", Encoding.UTF8.GetString(held!.Message.Body.Span));
        var properties = held.Message.Properties;
        Assert.Equal("m1", properties[SystemProperty.MessageId]);
        Assert.Equal(Guid.Empty.ToString(), properties[SystemProperty.CorrelationId]);
        Assert.Equal("me", properties[SystemProperty.UserId]);
        Assert.Equal("text/plain", properties[SystemProperty.ContentType]);
        Assert.Equal("utf-8", properties[SystemProperty.ContentEncoding]);
        Assert.Equal("full", properties[SystemProperty.Ack]);
        Assert.Equal("/devices/d#1/messages/deviceBound", properties[SystemProperty.To]);
        Assert.Equal(("b", "7", "true", ""), (properties["a"], properties["n"], properties["t"], properties["none"]));
        Assert.Equal(expiry, held.Expires);
    }

    [Fact]
    public async Task A_module_is_reached_too()
    {
        await using var hub = await StartAsync();
        await hub.DeviceAsync("d#1", "m");
        await using var client = await hub.ConnectAsync();
        var link = await client.SenderAsync("amqps://hub.test:5671/messages/deviceBound");
        Assert.Equal(AmqpOutcomeKind.Accepted, (await link.Send(Message("/devices/d%231/modules/m/messages/deviceBound", "x"))).Kind);
        Assert.NotNull(await ReceiveAsync(hub, new IdentityId("d#1", "m")));
    }

    [Theory]
    [InlineData("/devices/nobody/messages/devicebound", AmqpCondition.NotFound)]
    [InlineData("/devices/d%231/modules/nobody/messages/devicebound", AmqpCondition.NotFound)]
    [InlineData("/devices/d%231/messages/events", "com.microsoft:argument-error")]
    [InlineData("", "com.microsoft:argument-error")]
    public async Task A_message_to_nobody_is_rejected(string to, string condition)
    {
        await using var hub = await StartAsync();
        await using var client = await hub.ConnectAsync();
        var link = await client.SenderAsync("/messages/devicebound");
        var outcome = await link.Send(Message(to, "x"));
        Assert.Equal((AmqpOutcomeKind.Rejected, condition), (outcome.Kind, outcome.Error?.Condition));

        // The link goes on.
        Assert.Equal(AmqpOutcomeKind.Accepted, (await link.Send(Message("/devices/d%231/messages/devicebound", "x"))).Kind);
    }

    [Fact]
    public async Task What_the_queue_does_not_take_is_rejected_with_Azures_condition()
    {
        await using var hub = await StartAsync();
        await using var client = await hub.ConnectAsync();
        var link = await client.SenderAsync("/messages/devicebound");
        const string To = "/devices/d%231/messages/devicebound";
        var large = await link.Send(Message(To, new string('x', 65 * 1024)));
        Assert.Equal(AmqpCondition.MessageSizeExceeded, large.Error?.Condition);
        foreach (var time in (TimeSpan[])[TimeSpan.FromMinutes(-1), TimeSpan.FromDays(3)])
        {
            var expired = await link.Send(Message(To, "x", writer => writer.Properties(new AmqpPropertiesFields
            {
                To = Encoding.UTF8.GetBytes(To), AbsoluteExpiryTime = (TimeProvider.System.GetUtcNow() + time).ToUnixTimeMilliseconds(),
            })));
            Assert.Equal("com.microsoft:argument-error", expired.Error?.Condition);
        }

        Assert.Equal(AmqpOutcomeKind.Accepted, (await link.Send(Message(To, new string('x', (64 * 1024) - 512)))).Kind);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => link.Send(Message(To, $"{i}"))));
        Assert.Equal(49, outcomes.Count(outcome => outcome.Kind == AmqpOutcomeKind.Accepted));
        Assert.Equal(AmqpCondition.ResourceLimitExceeded, Assert.Single(outcomes, outcome => outcome.Kind == AmqpOutcomeKind.Rejected).Error?.Condition);
    }

    [Fact]
    public async Task What_is_sent_to_one_device_at_once_arrives_in_order()
    {
        await using var hub = await StartAsync();
        await using var client = await hub.ConnectAsync();
        var link = await client.SenderAsync("/messages/devicebound");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => link.Send(Message("/devices/d%231/messages/devicebound", $"{i}"))));
        Assert.All(outcomes, outcome => Assert.Equal(AmqpOutcomeKind.Accepted, outcome.Kind));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal($"{i}", Encoding.UTF8.GetString((await ReceiveAsync(hub, s_device))!.Message.Body.Span));
        }
    }

    [Fact]
    public async Task What_is_no_message_is_rejected_and_a_value_of_a_type_that_no_property_has_too()
    {
        await using var hub = await StartAsync();
        await using var client = await hub.ConnectAsync();
        var link = await client.SenderAsync("/messages/devicebound");
        Assert.Equal(AmqpOutcomeKind.Rejected, (await link.Send([0x00, 0x53, 0x73, 0xFF])).Kind);
        var list = await link.Send(Message("/devices/d%231/messages/devicebound", "x", writer =>
        {
            writer.Properties(new AmqpPropertiesFields { To = "/devices/d%231/messages/devicebound"u8 });
            writer.ApplicationProperties(AmqpMap.Strings(("l", AmqpValue.List(1, 2))));
        }));
        Assert.Equal("com.microsoft:argument-error", list.Error?.Condition);
        Assert.Contains("'l'", list.Error!.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_may_not_send_to_devices()
    {
        await using var hub = await StartAsync();
        await using var client = await hub.ConnectAsync("device");
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await (await client.SenderAsync("/messages/devicebound")).ErrorAsync()).Condition);
    }

    private static async Task<EventTestHub> StartAsync()
    {
        var hub = await EventTestHub.StartAsync();
        await hub.DeviceAsync("d#1");
        return hub;
    }

    private static ValueTask<LockedMessage?> ReceiveAsync(EventTestHub hub, IdentityId id) =>
        hub.Hub.CloudToDevice.ReceiveAsync(id, null, null, TestContext.Current.CancellationToken);

    private static byte[] Message(string to, string body, Action<AmqpWriter>? sections = null)
    {
        var writer = new AmqpWriter();
        if (sections is null)
        {
            writer.Properties(new AmqpPropertiesFields { MessageId = "m", To = Encoding.UTF8.GetBytes(to) });
        }
        else
        {
            sections(writer);
        }

        writer.Data(Encoding.UTF8.GetBytes(body));
        return writer.Written.ToArray();
    }
}
