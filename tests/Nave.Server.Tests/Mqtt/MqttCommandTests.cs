using System.Text;
using System.Text.Json.Nodes;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Mqtt;

public sealed class MqttCommandTests : IAsyncLifetime
{
    private const string DeviceBound = "devices/d1/messages/devicebound/#";
    private MqttTestHub _hub = null!;
    private DeviceIdentity _device = null!;

    [Fact]
    public async Task Several_filters_in_one_subscribe_are_granted_with_at_most_qos_1_and_unknown_ones_refused()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.SubscribeAsync(
            3,
            (DeviceBound, MqttQos.ExactlyOnce),
            (MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce),
            ("home/#", MqttQos.AtLeastOnce),
            ("devices/d2/messages/devicebound/#", MqttQos.AtLeastOnce),
            ("$share/g/" + DeviceBound, MqttQos.AtLeastOnce));
        var answer = await client.ExpectSubAckAsync();
        Assert.Equal(3, answer.PacketId);
        Assert.Equal(
            [MqttReason.GrantedQos1, MqttReason.Success, MqttReason.UnspecifiedError, MqttReason.UnspecifiedError, MqttReason.UnspecifiedError], answer.Reasons);
        Assert.Equal(DeviceFeatures.CloudToDevice | DeviceFeatures.TwinResponses, _hub.Hub.Connections.Find(_device.Id)!.Features);

        await client.UnsubscribeAsync(4, DeviceBound);
        await client.ExpectAsync(MqttPacketType.UnsubAck);
        Assert.Equal(DeviceFeatures.TwinResponses, _hub.Hub.Connections.Find(_device.Id)!.Features);
    }

    [Fact]
    public async Task A_message_is_delivered_with_its_properties_and_completed_by_the_acknowledgement()
    {
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.MessageId, "m-1");
        properties.Add(SystemProperty.CorrelationId, "c=1");
        properties.Add("level", "high/low");
        await SendAsync("open", properties.ToProperties());

        await using var client = await _hub.ConnectAsync(_device);
        await client.SubscribeAsync(1, (DeviceBound, MqttQos.AtLeastOnce));
        await client.ExpectSubAckAsync();
        var message = await client.ExpectMessageAsync();
        Assert.Equal("open", message.Payload);
        Assert.Equal(MqttQos.AtLeastOnce, message.Qos);
        Assert.StartsWith("devices/d1/messages/devicebound/", message.Topic, StringComparison.Ordinal);
        var pairs = message.Topic["devices/d1/messages/devicebound/".Length..].Split('&');
        Assert.Contains("%24.to=%2Fdevices%2Fd1%2Fmessages%2FdeviceBound", pairs);
        Assert.Contains("%24.mid=m-1", pairs);
        Assert.Contains("%24.cid=c%3D1", pairs);
        Assert.Contains("level=high%2Flow", pairs);
        Assert.Contains(pairs, pair => pair.StartsWith("%24.exp=", StringComparison.Ordinal) && pair.EndsWith('Z'));

        await client.AcknowledgeAsync(message.PacketId);
        await client.PingAsync();
        await UntilQueueIsAsync(0);
    }

    [Fact]
    public async Task What_was_not_acknowledged_is_delivered_again_to_the_next_connection()
    {
        await SendAsync("once or twice");
        await using (var first = await _hub.ConnectAsync(_device))
        {
            await first.SubscribeAsync(1, (DeviceBound, MqttQos.AtLeastOnce));
            await first.ExpectSubAckAsync();
            Assert.Equal("once or twice", (await first.ExpectMessageAsync()).Payload);
        }

        await using var second = await _hub.ConnectAsync(_device);
        await second.SubscribeAsync(1, (DeviceBound, MqttQos.AtLeastOnce));
        await second.ExpectSubAckAsync();
        var again = await second.ExpectMessageAsync();
        Assert.Equal("once or twice", again.Payload);
        await second.AcknowledgeAsync(again.PacketId);
        await UntilQueueIsAsync(0);
    }

    [Fact]
    public async Task A_persistent_session_gets_its_messages_without_subscribing_again()
    {
        await using (var first = await _hub.ConnectAsync(_device, clean: false))
        {
            await first.SubscribeAsync(1, (DeviceBound, MqttQos.AtLeastOnce));
            await first.ExpectSubAckAsync();
            await first.DisconnectAsync();
            await first.ExpectCloseAsync();
        }

        await SendAsync("while you were away");
        await using (var second = await _hub.OpenAsync())
        {
            await second.SendAsync(_hub.Connect(_device, clean: false));
            Assert.True((await second.ExpectConnAckAsync()).SessionPresent);
            Assert.Equal("while you were away", (await second.ExpectMessageAsync()).Payload);
        }

        await using var clean = await _hub.OpenAsync();
        await clean.SendAsync(_hub.Connect(_device));
        Assert.False((await clean.ExpectConnAckAsync()).SessionPresent);
        await clean.PingAsync();
    }

    [Fact]
    public async Task A_qos_0_subscription_completes_at_once()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.SubscribeAsync(1, (DeviceBound, MqttQos.AtMostOnce));
        await client.ExpectSubAckAsync();
        await SendAsync("take it or leave it");
        var message = await client.ExpectMessageAsync();
        Assert.Equal(MqttQos.AtMostOnce, message.Qos);
        await UntilQueueIsAsync(0);
    }

    [Fact]
    public async Task No_more_messages_are_under_way_than_the_window_or_the_client_permits()
    {
        for (var i = 0; i < 10; i++)
        {
            await SendAsync($"{i}");
        }

        await using var client = await _hub.OpenAsync(MqttVersion.V5);
        var connect = _hub.Connect(_device, MqttVersion.V5);
        await client.SendAsync(new MqttConnect
        {
            Version = MqttVersion.V5, ClientId = connect.ClientId, CleanStart = true, UserName = connect.UserName, Password = connect.Password,
            Properties = new MqttPropertiesBuilder().AddNumber(MqttPropertyId.ReceiveMaximum, 3).Build(),
        });
        await client.ExpectConnAckAsync();
        await client.SubscribeAsync(1, (DeviceBound, MqttQos.AtLeastOnce));
        await client.ExpectSubAckAsync();
        var under = new Queue<ushort>();
        for (var i = 0; i < 3; i++)
        {
            under.Enqueue((await client.ExpectMessageAsync()).PacketId);
        }

        await client.PingAsync();
        for (var i = 3; i < 10; i++)
        {
            await client.AcknowledgeAsync(under.Dequeue());
            var message = await client.ExpectMessageAsync();
            Assert.Equal($"{i}", message.Payload);
            under.Enqueue(message.PacketId);
        }
    }

    [Fact]
    public async Task A_direct_method_goes_to_the_device_and_its_answer_back()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.SubscribeAsync(1, (MqttTopics.MethodFilter, MqttQos.AtMostOnce));
        await client.ExpectSubAckAsync();
        var invoked = _hub.Hub.Methods.InvokeAsync(
            _device.Id,
            new DirectMethodRequest { MethodName = "re+boot", Payload = RawJson.Parse("{\"delay\":5}") },
            CancellationToken.None).AsTask();
        var call = await client.ExpectMessageAsync();
        Assert.StartsWith("$iothub/methods/POST/re%2Bboot/?$rid=", call.Topic, StringComparison.Ordinal);
        Assert.Equal("{\"delay\":5}", call.Payload);
        Assert.Equal(MqttQos.AtMostOnce, call.Qos);

        var requestId = call.Topic[(call.Topic.IndexOf("$rid=", StringComparison.Ordinal) + 5)..];
        await client.PublishAsync($"$iothub/methods/res/299/?$rid={requestId}", "{\"ok\":true}", MqttQos.AtLeastOnce, 5);
        Assert.Equal(5, await client.ExpectPubAckAsync());
        var answer = await invoked.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccess, answer.Error?.Message);
        Assert.Equal(299, answer.Value.Status);
        Assert.Equal("{\"ok\":true}", Encoding.UTF8.GetString(answer.Value.Payload.Utf8.Span));
    }

    [Fact]
    public async Task A_device_is_found_by_whoever_calls_it_as_soon_as_it_is_told_that_it_is_subscribed()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
        {
            var device = await _hub.CreateAsync($"called{n}");
            await using var client = await _hub.ConnectAsync(device);
            for (ushort i = 1; i <= 500; i++)
            {
                await client.SubscribeAsync(i, (MqttTopics.MethodFilter, MqttQos.AtMostOnce));
                await client.ExpectSubAckAsync();
                var invoked = _hub.Hub.Methods.InvokeAsync(device.Id, new DirectMethodRequest { MethodName = "m" }, CancellationToken.None).AsTask();
                var called = client.ExpectMessageAsync();
                Assert.True(await Task.WhenAny(called, invoked) == called, "The call is refused, or answered by nobody.");
                var topic = (await called).Topic;
                await client.PublishAsync($"$iothub/methods/res/200/?$rid={topic[(topic.IndexOf("$rid=", StringComparison.Ordinal) + 5)..]}", "1");
                Assert.True((await invoked.WaitAsync(TestDeadline.Default, TestContext.Current.CancellationToken)).IsSuccess);
                await client.UnsubscribeAsync(i, MqttTopics.MethodFilter);
                await client.ExpectAsync(MqttPacketType.UnsubAck);
            }
        })));
    }

    [Fact]
    public async Task The_twin_is_read_patched_and_pushed()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.SubscribeAsync(1, (MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce), (MqttTopics.DesiredPatchFilter, MqttQos.AtMostOnce));
        await client.ExpectSubAckAsync();

        await client.PublishAsync("$iothub/twin/GET/?$rid=r-1", " ");
        var got = await client.ExpectMessageAsync();
        Assert.Equal("$iothub/twin/res/200/?$rid=r-1", got.Topic);
        var twin = JsonNode.Parse(got.Payload)!;
        Assert.Equal(1, (long)twin["desired"]!["$version"]!);
        Assert.Null(twin["tags"]);

        await client.PublishAsync("$iothub/twin/PATCH/properties/reported/?$rid=abc%20d", "{\"fw\":\"1.0\"}", MqttQos.AtLeastOnce, 3);
        Assert.Equal(3, await client.ExpectPubAckAsync());
        var patched = await client.ExpectMessageAsync();
        Assert.Equal("$iothub/twin/res/204/?$rid=abc%20d&$version=2", patched.Topic);
        Assert.Empty(patched.Payload);

        await _hub.Hub.Twins.PatchAsync(_device.Id, "{\"properties\":{\"desired\":{\"a\":{\"b\":1}}}}"u8.ToArray(), null, CancellationToken.None);
        var pushed = await client.ExpectMessageAsync();
        Assert.Equal("$iothub/twin/PATCH/properties/desired/?$version=2", pushed.Topic);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("{\"a\":{\"b\":1},\"$version\":2}"), JsonNode.Parse(pushed.Payload)), pushed.Payload);
    }

    [Fact]
    public async Task A_wrong_patch_is_answered_with_the_error_in_topic_and_body()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.SubscribeAsync(1, (MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce));
        await client.ExpectSubAckAsync();
        await client.PublishAsync("$iothub/twin/PATCH/properties/reported/?$rid=1", "{nonsense");
        var answer = await client.ExpectMessageAsync();
        Assert.Equal("$iothub/twin/res/400/?$rid=1", answer.Topic);
        Assert.Equal(400, (int)JsonNode.Parse(answer.Payload)!["errorCode"]! / 1000);

        await client.PublishAsync("$iothub/twin/PATCH/properties/reported/?$rid=2&$version=17", "{\"a\":1}");
        Assert.Equal("$iothub/twin/res/412/?$rid=2", (await client.ExpectMessageAsync()).Topic);
    }

    [Fact]
    public async Task Patches_of_one_device_take_effect_in_their_order()
    {
        await using var client = await _hub.ConnectAsync(_device);
        await client.SubscribeAsync(1, (MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce));
        await client.ExpectSubAckAsync();
        for (var i = 1; i <= 40; i++)
        {
            await client.PublishAsync($"$iothub/twin/PATCH/properties/reported/?$rid={i}", $"{{\"n\":{i}}}");
        }

        for (var i = 1; i <= 40; i++)
        {
            Assert.Equal($"$iothub/twin/res/204/?$rid={i}&$version={i + 1}", (await client.ExpectMessageAsync()).Topic);
        }
    }

    public async ValueTask InitializeAsync()
    {
        _hub = await MqttTestHub.StartAsync();
        _device = await _hub.CreateAsync("d1");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

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
            var identity = await _hub.Hub.Registry.GetAsync(_device.Id, CancellationToken.None);
            waiting = identity.Value!.CloudToDeviceMessageCount;
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
