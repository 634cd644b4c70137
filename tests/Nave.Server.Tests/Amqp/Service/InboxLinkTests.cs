using System.Text.Json.Nodes;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Server.Tests.Amqp.Events;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp.Service;

/// <summary>Feedback and file notifications over AMQP.</summary>
public sealed class InboxLinkTests
{
    private const string Feedback = "/messages/serviceBound/feedback";
    private const string Files = "/messages/serviceBound/filenotifications";

    [Fact]
    public async Task Feedback_comes_as_SDKs_need_it_and_goes_once_it_is_completed()
    {
        await using var hub = await EventTestHub.StartAsync();
        await hub.DeviceAsync("d1");
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync(Feedback);
        link.KeepsUnsettled = true;
        await FinishAsync(hub, "m1");
        var message = await link.NextAsync();
        Assert.False(message.IsSettled);
        Assert.Equal(16, message.Tag.Length);
        Assert.Equal("application/vnd.microsoft.iothub.feedback.json", message.ContentType);
        Assert.Equal("hub", message.UserId);
        Assert.NotNull(message.Annotations["iothub-enqueuedtime"].AsTimestamp);
        var record = Assert.Single(JsonNode.Parse(message.Body)!.AsArray())!;
        Assert.Equal(("m1", "Success", "d1"), ((string?)record["originalMessageId"], (string?)record["statusCode"], (string?)record["deviceId"]));
        link.Settle(message, AmqpOutcome.Accepted);
        await TestDeadline.UntilAsync(() => hub.Hub.CloudToDevice.Feedback.Count == 0, "the feedback is gone");
    }

    [Fact]
    public async Task What_is_abandoned_comes_again_and_what_is_rejected_does_not()
    {
        await using var hub = await EventTestHub.StartAsync();
        await NotifyAsync(hub, "a");
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync(Files);
        link.KeepsUnsettled = true;
        link.Settle(await link.NextAsync(), AmqpOutcome.Released);
        link.Settle(await link.NextAsync(), AmqpOutcome.Modified(deliveryFailed: true, undeliverableHere: false));
        var third = await link.NextAsync();
        Assert.Equal(2, third.Annotations["iothub-deliverycount"]);
        Assert.Equal("application/vnd.microsoft.iothub.filenotification.json", third.ContentType);
        Assert.Equal("d1/a", (string?)JsonNode.Parse(third.Body)!["blobName"]);
        link.Settle(third, AmqpOutcome.Rejected(null));
        await TestDeadline.UntilAsync(() => hub.Hub.FileNotifications.Queue.Count == 0, "the notification is gone");
    }

    [Fact]
    public async Task Who_settles_second_hears_that_it_was_done()
    {
        await using var hub = await EventTestHub.StartAsync();
        await NotifyAsync(hub, "a");
        await using var client = await hub.ConnectAsync();
        var link = await client.ReceiverAsync(Files, attach => attach with { ReceiverSettleMode = AmqpReceiverSettleMode.Second });
        link.KeepsUnsettled = true;
        link.Settle(await link.NextAsync(), AmqpOutcome.Accepted);
        await link.SettledAsync();
        Assert.Equal(0, hub.Hub.FileNotifications.Queue.Count);
    }

    [Fact]
    public async Task What_a_receiver_holds_when_it_goes_is_free_for_another()
    {
        await using var hub = await EventTestHub.StartAsync();
        await NotifyAsync(hub, "a");
        await NotifyAsync(hub, "b");
        await using (var first = await hub.ConnectAsync())
        {
            var link = await first.ReceiverAsync(Files);
            link.KeepsUnsettled = true;
            await link.NextAsync(2);
        }

        await using var second = await hub.ConnectAsync();
        var other = await second.ReceiverAsync(Files);
        Assert.Equal(["d1/a", "d1/b"], (await other.NextAsync(2)).Select(message => (string?)JsonNode.Parse(message.Body)!["blobName"]).Order());
    }

    [Fact]
    public async Task Receivers_share_the_queue_and_credit_is_what_each_gets()
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        var none = await client.ReceiverAsync(Files, credit: 0);
        var one = await client.ReceiverAsync(Files, credit: 0);
        one.KeepsUnsettled = true;
        one.Credit(1);
        for (var i = 0; i < 3; i++)
        {
            await NotifyAsync(hub, $"f{i}");
        }

        var message = await one.NextAsync();
        await none.DrainAsync();
        Assert.Equal((0, 0), (none.Waiting, one.Waiting));
        one.Settle(message, AmqpOutcome.Accepted);
        one.Credit(10);
        foreach (var next in await one.NextAsync(2))
        {
            one.Settle(next, AmqpOutcome.Accepted);
        }

        await TestDeadline.UntilAsync(() => hub.Hub.FileNotifications.Queue.Count == 0, "all are gone");
        await one.DrainAsync();
    }

    [Fact]
    public async Task Only_a_service_may_read()
    {
        await using var hub = await EventTestHub.StartAsync();
        await using var client = await hub.ConnectAsync("device");
        foreach (var address in (string[])[Feedback, Files])
        {
            Assert.Equal(AmqpCondition.UnauthorizedAccess, (await (await client.ReceiverAsync(address)).ErrorAsync()).Condition);
        }
    }

    private static Task NotifyAsync(EventTestHub hub, string name) => hub.Hub.FileNotifications.EnqueueAsync(
        new FileNotification("d1", new Uri($"https://blobs.test/d1/{name}"), $"d1/{name}", TimeProvider.System.GetUtcNow(), 1),
        TestContext.Current.CancellationToken).AsTask();

    private static async Task FinishAsync(EventTestHub hub, string messageId)
    {
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.Ack, "full");
        properties.Add(SystemProperty.MessageId, messageId);
        var id = new IdentityId("d1");
        var service = hub.Hub.CloudToDevice;
        Assert.True((await service.SendAsync(id, new CloudToDeviceMessage(properties.ToProperties(), default), TestContext.Current.CancellationToken)).IsSuccess);
        var held = await service.ReceiveAsync(id, null, null, TestContext.Current.CancellationToken);
        Assert.True((await service.CompleteAsync(id, held!.LockToken, TestContext.Current.CancellationToken)).IsSuccess);
    }
}
