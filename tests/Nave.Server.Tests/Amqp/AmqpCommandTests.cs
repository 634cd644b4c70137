using System.Text;
using System.Text.Json.Nodes;
using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp;

/// <summary>Cloud-to-device messages, direct methods and the twin.</summary>
public sealed class AmqpCommandTests : IAsyncLifetime
{
    private const string DeviceBound = "/devices/d1/messages/devicebound";
    private const string Methods = "/devices/d1/methods/devicebound";
    private const string TwinAddress = "/devices/d1/twin";
    private const string Desired = "/notifications/twin/properties/desired";

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
    public async Task A_message_is_delivered_with_its_properties_and_completed_when_it_is_accepted()
    {
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.MessageId, "m-1");
        properties.Add(SystemProperty.CorrelationId, "c=1");
        properties.Add(SystemProperty.UserId, "me");
        properties.Add(SystemProperty.ContentType, "text/plain");
        properties.Add(SystemProperty.Ack, "full");
        properties.Add("level", "high");
        await SendAsync("open", properties.ToProperties());

        var receiver = await _client.ReceiverAsync(DeviceBound);
        var message = await receiver.ReceiveAsync();
        Assert.Equal("open", message.Body);
        Assert.False(message.IsSettled);
        Assert.Equal(16, message.Tag.Length);
        Assert.Equal("m-1", message.MessageId.Text);
        Assert.Equal("c=1", message.CorrelationId.Text);
        CheckProperties(message);
        Assert.Equal("high", message.Application["level"].Text);
        Assert.Equal("full", message.Application["iothub-ack"].Text);
        var annotations = message.Annotations;
        Assert.Equal(AmqpType.Timestamp, annotations["iothub-enqueuedtime"].Type);
        Assert.Equal((AmqpValue)(byte)0, annotations["iothub-deliverycount"]);
        Assert.Equal(AmqpType.ULong, annotations["x-opt-sequence-number"].Type);
        Assert.Equal(new Guid(message.Tag).ToString(), annotations["x-opt-lock-token"].Text);

        await receiver.SettleAsync(message, AmqpOutcome.Accepted);
        await UntilQueueIsAsync(0);
    }

    private static void CheckProperties(TestReceived message)
    {
        var fields = AmqpMessage.Parse(message.Payload).Properties;
        Assert.Equal("me", Encoding.UTF8.GetString(fields.UserId));
        Assert.Equal("text/plain", Encoding.UTF8.GetString(fields.ContentType));
        Assert.Equal("/devices/d1/messages/deviceBound", Encoding.UTF8.GetString(fields.To));
        Assert.NotNull(fields.AbsoluteExpiryTime);
    }

    [Fact]
    public async Task A_message_that_is_rejected_is_gone_and_one_that_is_released_or_modified_comes_again()
    {
        var receiver = await _client.ReceiverAsync(DeviceBound);
        await receiver.AttachedAsync();
        await SendAsync("a");
        await receiver.SettleAsync(await receiver.ReceiveAsync(), AmqpOutcome.Released);
        var second = await receiver.ReceiveAsync();
        Assert.Equal((AmqpValue)(byte)1, second.Annotations["iothub-deliverycount"]);
        await receiver.SettleAsync(second, AmqpOutcome.Modified(deliveryFailed: true, undeliverableHere: false));
        var third = await receiver.ReceiveAsync();
        Assert.Equal((AmqpValue)(byte)2, third.Annotations["iothub-deliverycount"]);
        Assert.NotEqual(second.Tag, third.Tag);
        await receiver.SettleAsync(third, AmqpOutcome.Rejected(null));
        await UntilQueueIsAsync(0);
    }

    [Fact]
    public async Task Who_settles_second_is_told_when_it_is_carried_out()
    {
        var receiver = await _client.ReceiverAsync(DeviceBound, settles: AmqpReceiverSettleMode.Second);
        await SendAsync("a");
        await receiver.SettleAsync(await receiver.ReceiveAsync(), AmqpOutcome.Accepted);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await receiver.ConfirmedAsync()).Kind);
        await UntilQueueIsAsync(0);
    }

    [Fact]
    public async Task A_lock_that_was_lost_is_told_to_who_settles_second()
    {
        var receiver = await _client.ReceiverAsync(DeviceBound, settles: AmqpReceiverSettleMode.Second);
        await SendAsync("a");
        var message = await receiver.ReceiveAsync();
        await _hub.Hub.CloudToDevice.PurgeAsync(_device.Id, CancellationToken.None);
        await receiver.SettleAsync(message, AmqpOutcome.Accepted);
        var outcome = await receiver.ConfirmedAsync();
        Assert.Equal(AmqpOutcomeKind.Rejected, outcome.Kind);
        Assert.Equal("com.microsoft:message-lock-lost", outcome.Error!.Condition);
    }

    [Fact]
    public async Task Credit_is_how_many_messages_come()
    {
        for (var i = 0; i < 5; i++)
        {
            await SendAsync($"{i}");
        }

        var receiver = await _client.ReceiverAsync(DeviceBound, credit: 0);
        await receiver.AttachedAsync();
        await _client.DoAsync(_ => receiver.Link.SetCredit(2));
        Assert.Equal("0", (await receiver.ReceiveAsync()).Body);
        Assert.Equal("1", (await receiver.ReceiveAsync()).Body);
        await _client.PutTokenAsync(_hub.TokenFor(_device));
        Assert.False(receiver.TryReceive(out _));
        await _client.DoAsync(_ => receiver.Link.SetCredit(10));
        for (var i = 2; i < 5; i++)
        {
            Assert.Equal($"{i}", (await receiver.ReceiveAsync()).Body);
        }
    }

    [Fact]
    public async Task What_a_link_held_comes_again_over_the_next_and_is_no_delivery_that_failed()
    {
        var sender = await _client.SenderAsync("/devices/d1/messages/events");
        await sender.AttachedAsync();
        var first = await _client.ReceiverAsync(DeviceBound);
        await SendAsync("a");
        await first.ReceiveAsync();
        await first.DetachAsync();
        var second = await _client.ReceiverAsync(DeviceBound);
        var again = await second.ReceiveAsync();
        Assert.Equal("a", again.Body);
        Assert.Equal((AmqpValue)(byte)0, again.Annotations["iothub-deliverycount"]);
    }

    [Fact]
    public async Task A_second_receiver_takes_over_from_the_first()
    {
        var first = await _client.ReceiverAsync(DeviceBound);
        await SendAsync("a");
        await first.ReceiveAsync();
        var second = await _client.ReceiverAsync(DeviceBound);
        Assert.Equal(AmqpCondition.LinkStolen, (await first.Detached)!.Condition);
        Assert.Equal("a", (await second.ReceiveAsync()).Body);
        Assert.True(_hub.Hub.Connections.Find(_device.Id)!.Features.HasFlag(DeviceFeatures.CloudToDevice));
    }

    [Fact]
    public async Task A_message_for_an_offline_device_waits_for_its_link()
    {
        await SendAsync("a");
        await using var other = await _hub.ConnectAsync(_device);
        var receiver = await other.ReceiverAsync(DeviceBound);
        Assert.Equal("a", (await receiver.ReceiveAsync()).Body);
    }

    [Fact]
    public async Task A_direct_method_goes_to_the_device_and_its_answer_back()
    {
        var calls = await _client.ReceiverAsync(Methods, properties: Channel("methods:1"));
        var answers = await _client.SenderAsync(Methods, Channel("methods:1"));
        await calls.AttachedAsync();
        await answers.AttachedAsync();
        var invoked = InvokeAsync("reboot", "{\"delay\":5}");
        var call = await calls.ReceiveAsync();
        Assert.Equal("reboot", call.Application["IoThub-methodname"].Text);
        Assert.Equal("{\"delay\":5}", call.Body);
        Assert.Equal(AmqpType.Uuid, call.CorrelationId.Type);
        await answers.SendAsync(Answer(call.CorrelationId, 299, "{\"ok\":true}"));
        var answer = await invoked;
        Assert.True(answer.IsSuccess, answer.Error?.Message);
        Assert.Equal(299, answer.Value.Status);
        Assert.Equal("{\"ok\":true}", Encoding.UTF8.GetString(answer.Value.Payload.Utf8.Span));
    }

    [Fact]
    public async Task A_method_waits_for_credit_and_one_for_a_device_without_a_link_fails()
    {
        Assert.Equal(HubErrorCode.DeviceNotOnline, (await InvokeAsync("early", "1")).Error!.Code);
        var calls = await _client.ReceiverAsync(Methods, credit: 0);
        await calls.AttachedAsync();
        var invoked = InvokeAsync("later", "1");
        await _client.PutTokenAsync(_hub.TokenFor(_device));
        await _client.DoAsync(_ => calls.Link.SetCredit(5));
        var call = await calls.ReceiveAsync();
        Assert.Equal("later", call.Application["IoThub-methodname"].Text);
        await calls.DetachAsync();
        Assert.Equal(HubErrorCode.DeviceConnectionClosedRemotely, (await invoked).Error!.Code);
    }

    [Fact]
    public async Task An_answer_that_names_no_call_has_no_effect_and_a_malformed_one_is_rejected()
    {
        var answers = await _client.SenderAsync(Methods);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await answers.SendAsync(Answer(Guid.NewGuid(), 200, "1"))).Kind);
        Assert.Equal(AmqpOutcomeKind.Rejected, (await answers.SendAsync(TestMessages.Data("1"))).Kind);
        Assert.Equal(AmqpOutcomeKind.Rejected, (await answers.SendAsync([1])).Kind);
    }

    [Fact]
    public async Task The_twin_is_read_patched_and_pushed()
    {
        var (requests, answers) = await TwinAsync(_client, TwinAddress, "twin:1");
        await requests.SendAsync(TestMessages.Twin("GET", null, "r-1"));
        var got = await answers.ReceiveAsync();
        Assert.Equal("r-1", got.CorrelationId.Text);
        Assert.Equal((AmqpValue)200, got.Annotations["status"]);
        var twin = JsonNode.Parse(got.Body)!;
        Assert.Equal(1, (long)twin["desired"]!["$version"]!);
        Assert.Null(twin["tags"]);

        await requests.SendAsync(TestMessages.Twin("PATCH", "/properties/reported", "r-2", "{\"fw\":\"1.0\"}"));
        var patched = await answers.ReceiveAsync();
        Assert.Equal("r-2", patched.CorrelationId.Text);
        Assert.Equal((AmqpValue)200, patched.Annotations["status"]);
        Assert.Equal((AmqpValue)2L, patched.Annotations["version"]);

        await PatchDesiredAsync("{\"before\":1}");
        await requests.SendAsync(TestMessages.Twin("PUT", Desired, "r-3"));
        Assert.Equal((AmqpValue)200, (await answers.ReceiveAsync()).Annotations["status"]);
        await PatchDesiredAsync("{\"a\":{\"b\":1}}");
        var pushed = await answers.ReceiveAsync();
        Assert.True(pushed.CorrelationId.IsNull);
        Assert.Equal(Desired, pushed.Annotations["resource"].Text);
        Assert.Equal((AmqpValue)3L, pushed.Annotations["version"]);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("{\"a\":{\"b\":1},\"$version\":3}"), JsonNode.Parse(pushed.Body)), pushed.Body);

        await requests.SendAsync(TestMessages.Twin("DELETE", Desired, "r-4"));
        Assert.Equal("r-4", (await answers.ReceiveAsync()).CorrelationId.Text);
        await PatchDesiredAsync("{\"after\":1}");
        await requests.SendAsync(TestMessages.Twin("GET", null, "r-5"));
        Assert.Equal("r-5", (await answers.ReceiveAsync()).CorrelationId.Text);
    }

    [Fact]
    public async Task A_wrong_twin_request_is_answered_with_status_and_body()
    {
        var (requests, answers) = await TwinAsync(_client, TwinAddress, "twin:1");
        await requests.SendAsync(TestMessages.Twin("PATCH", "/properties/reported", "1", "{nonsense"));
        var answer = await answers.ReceiveAsync();
        Assert.Equal((AmqpValue)400, answer.Annotations["status"]);
        Assert.Equal(400, (int)JsonNode.Parse(answer.Body)!["errorCode"]! / 1000);
        await requests.SendAsync(TestMessages.Twin("PATCH", "/properties/reported", "2", "{\"a\":1}", version: 17));
        Assert.Equal((AmqpValue)412, (await answers.ReceiveAsync()).Annotations["status"]);
        await requests.SendAsync(TestMessages.Twin("BURN", "/properties/reported", "3"));
        Assert.Equal((AmqpValue)400, (await answers.ReceiveAsync()).Annotations["status"]);
    }

    [Fact]
    public async Task An_answer_waits_for_the_link_that_is_attached_after_the_request()
    {
        var requests = await _client.SenderAsync(TwinAddress, Channel("twin:1"));
        await requests.SendAsync(TestMessages.Twin("GET", null, "early"));
        var answers = await _client.ReceiverAsync(TwinAddress, properties: Channel("twin:1"));
        Assert.Equal("early", (await answers.ReceiveAsync()).CorrelationId.Text);
    }

    [Fact]
    public async Task Pairs_of_twin_links_are_kept_apart()
    {
        var (requestsA, answersA) = await TwinAsync(_client, TwinAddress, "twin:a");
        var (requestsB, answersB) = await TwinAsync(_client, TwinAddress, "twin:b");
        await requestsB.SendAsync(TestMessages.Twin("GET", null, "b"));
        await requestsA.SendAsync(TestMessages.Twin("GET", null, "a"));
        Assert.Equal("a", (await answersA.ReceiveAsync()).CorrelationId.Text);
        Assert.Equal("b", (await answersB.ReceiveAsync()).CorrelationId.Text);
    }

    [Fact]
    public async Task Patches_of_one_device_take_effect_in_their_order()
    {
        var (requests, answers) = await TwinAsync(_client, TwinAddress, "twin:1");
        await Task.WhenAll(Enumerable.Range(1, 40).Select(i => requests.SendAsync(TestMessages.Twin("PATCH", "/properties/reported", $"{i}", $"{{\"n\":{i}}}"))));
        for (var i = 1; i <= 40; i++)
        {
            var answer = await answers.ReceiveAsync();
            Assert.Equal($"{i}", answer.CorrelationId.Text);
            Assert.Equal((AmqpValue)(i + 1L), answer.Annotations["version"]);
        }
    }

    [Fact]
    public async Task A_module_has_its_own_twin_and_methods()
    {
        var module = await _hub.CreateAsync("d1", "m1");
        await using var client = await _hub.ConnectAsync(module);
        var (requests, answers) = await TwinAsync(client, "/devices/d1/modules/m1/twin", "twin:m");
        await requests.SendAsync(TestMessages.Twin("PATCH", "/properties/reported", "1", "{\"m\":1}"));
        Assert.Equal((AmqpValue)200, (await answers.ReceiveAsync()).Annotations["status"]);
        var twin = await _hub.Hub.Twins.GetAsync(module.Id, CancellationToken.None);
        Assert.Contains("\"m\":1", Encoding.UTF8.GetString(twin.Value.Span), StringComparison.Ordinal);

        var calls = await client.ReceiverAsync("/devices/d1/modules/m1/methods/devicebound");
        var replies = await client.SenderAsync("/devices/d1/modules/m1/methods/devicebound");
        await calls.AttachedAsync();
        await replies.AttachedAsync();
        var invoked = _hub.Hub.Methods.InvokeAsync(module.Id, new DirectMethodRequest { MethodName = "m" }, CancellationToken.None).AsTask();
        await replies.SendAsync(Answer((await calls.ReceiveAsync()).CorrelationId, 200, "\"yes\""));
        Assert.True((await invoked.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken)).IsSuccess);
    }

    private static AmqpMap Channel(string id) => AmqpMap.Fields(("com.microsoft:channel-correlation-id", id), ("com.microsoft:api-version", "2021-04-12"));

    private static byte[] Answer(AmqpValue correlation, int status, string body) => TestMessages.Of(writer =>
    {
        writer.Properties(new AmqpPropertiesFields { CorrelationId = correlation });
        writer.ApplicationProperties(AmqpMap.Strings(("IoThub-status", status)));
        writer.Data(Encoding.UTF8.GetBytes(body));
    });

    private static async Task<(TestSender Requests, TestReceiver Answers)> TwinAsync(AmqpTestClient client, string address, string channel)
    {
        var requests = await client.SenderAsync(address, Channel(channel));
        var answers = await client.ReceiverAsync(address, properties: Channel(channel));
        await requests.AttachedAsync();
        await answers.AttachedAsync();
        return (requests, answers);
    }

    private Task<Nave.Hub.HubResult<DirectMethodResponse>> InvokeAsync(string name, string payload) => _hub.Hub.Methods.InvokeAsync(
        _device.Id, new DirectMethodRequest { MethodName = name, Payload = RawJson.Parse(payload) }, CancellationToken.None).AsTask().WaitAsync(TestDeadline.Default);

    private async Task PatchDesiredAsync(string desired)
    {
        var patch = Encoding.UTF8.GetBytes($"{{\"properties\":{{\"desired\":{desired}}}}}");
        Assert.True((await _hub.Hub.Twins.PatchAsync(_device.Id, patch, null, CancellationToken.None)).IsSuccess);
    }

    private async Task SendAsync(string body, EventProperties? properties = null)
    {
        var sent = await _hub.Hub.CloudToDevice.SendAsync(
            _device.Id, new CloudToDeviceMessage(properties ?? EventProperties.Empty, Encoding.UTF8.GetBytes(body)), CancellationToken.None);
        Assert.True(sent.IsSuccess, sent.Error?.Message);
    }

    private async Task UntilQueueIsAsync(int count)
    {
        var waiting = -1;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (waiting != count)
        {
            Assert.True(watch.Elapsed < TestDeadline.Default, $"{waiting} messages wait in the queue; {count} are expected.");
            waiting = (await _hub.Hub.Registry.GetAsync(_device.Id, CancellationToken.None)).Value!.CloudToDeviceMessageCount;
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
