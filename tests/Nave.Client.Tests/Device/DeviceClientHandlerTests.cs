using Nave.Api;
using Nave.Client.Tests.Fakes;
using Nave.Mqtt;

namespace Nave.Client.Tests.Device;

public sealed class DeviceClientHandlerTests
{
    private static readonly DeviceClientOptions s_fast = new()
    {
        Transport = ClientTransport.MqttPlain,
        FirstReconnectDelay = TimeSpan.FromMilliseconds(20),
        LongestReconnectDelay = TimeSpan.FromMilliseconds(100),
    };

    [Fact]
    public async Task A_message_is_acknowledged_after_its_handler()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast);
        var (connection, _) = await DeviceClientTests.OpenAsync(hub, client);
        var received = new TaskCompletionSource<DeviceMessage>();
        var release = new TaskCompletionSource();
        var set = client.SetMessageHandlerAsync(async (message, _) =>
        {
            received.SetResult(message);
            await release.Task;
        });
        Assert.Equal(["devices/d1/messages/devicebound/#"], await connection.GrantAsync(MqttReason.GrantedQos1));
        await set.WaitAsync(Deadline.Default);

        await connection.PublishAsync("devices/d1/messages/devicebound/%24.mid=m1&a=b%20c", "hello", packetId: 7, byteByByte: true);
        var got = await received.Task.WaitAsync(Deadline.Default);
        Assert.Equal("m1", got.Properties[SystemProperty.MessageId]);
        Assert.Equal("b c", got.Properties["a"]);
        Assert.Equal("hello"u8.ToArray(), got.Body.ToArray());
        release.SetResult();
        var ack = await connection.NextAsync();
        Assert.Equal((MqttPacketType.PubAck, 7), (ack.Type, ack.PacketId));
    }

    [Fact]
    public async Task A_message_whose_handler_fails_is_not_acknowledged_and_the_next_one_is()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast);
        var (connection, _) = await DeviceClientTests.OpenAsync(hub, client);
        var set = client.SetMessageHandlerAsync((message, _) => message.Body.Span[0] == (byte)'x' ? throw new InvalidOperationException("no") : Task.CompletedTask);
        await connection.GrantAsync();
        await set.WaitAsync(Deadline.Default);
        await connection.PublishAsync("devices/d1/messages/devicebound/a=b", "x", packetId: 1);
        await connection.PublishAsync("devices/d1/messages/devicebound/a=b", "y", packetId: 2);
        Assert.Equal(2, (await connection.NextAsync()).PacketId);
    }

    [Fact]
    public async Task A_method_is_answered_and_a_failing_handler_is_status_500()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast);
        var (connection, _) = await DeviceClientTests.OpenAsync(hub, client);
        var set = client.SetMethodHandlerAsync((call, _) => call.Name == "do it"
            ? ValueTask.FromResult(new DirectMethodResponse { Status = 201, Payload = call.Payload })
            : throw new InvalidOperationException("no"));
        Assert.Equal(["$iothub/methods/POST/#"], await connection.GrantAsync());
        await set.WaitAsync(Deadline.Default);
        await connection.PublishAsync("$iothub/methods/POST/do%20it/?$rid=a1", "{\"n\":1.50}");
        var answer = await connection.NextAsync();
        Assert.Equal("$iothub/methods/res/201/?$rid=a1", answer.Topic);
        Assert.Equal("{\"n\":1.50}"u8.ToArray(), answer.Payload);
        await connection.PublishAsync("$iothub/methods/POST/other/?$rid=a2", "");
        Assert.Equal("$iothub/methods/res/500/?$rid=a2", (await connection.NextAsync()).Topic);
    }

    [Fact]
    public async Task Subscriptions_are_asked_for_again_on_the_next_connection()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast);
        var (first, _) = await DeviceClientTests.OpenAsync(hub, client);
        var changes = new TaskCompletionSource<DesiredChange>();
        var set = client.SetDesiredHandlerAsync((change, _) =>
        {
            changes.TrySetResult(change);
            return Task.CompletedTask;
        });
        await first.GrantAsync();
        await set.WaitAsync(Deadline.Default);
        client.Drop();
        var second = await hub.NextAsync();
        Assert.Equal(["$iothub/twin/PATCH/properties/desired/#"], await second.GrantAsync());
        await second.PublishAsync("$iothub/twin/PATCH/properties/desired/?$version=4", "{\"a\":null,\"$version\":4}");
        var change = await changes.Task.WaitAsync(Deadline.Default);
        Assert.Equal((4, "{\"a\":null,\"$version\":4}"), (change.Version, change.Patch.ToString()));
    }

    [Fact]
    public async Task A_refused_subscription_is_an_error()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast);
        var (connection, _) = await DeviceClientTests.OpenAsync(hub, client);
        var set = client.SetMethodHandlerAsync((_, _) => ValueTask.FromResult(new DirectMethodResponse { Status = 200 }));
        await connection.GrantAsync(MqttReason.UnspecifiedError);
        Assert.Equal(DeviceClientError.Refused, (await Assert.ThrowsAsync<DeviceClientException>(() => set.WaitAsync(Deadline.Default))).Error);
    }

    [Fact]
    public async Task A_twin_request_survives_a_lost_connection()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast);
        var (first, _) = await DeviceClientTests.OpenAsync(hub, client);
        var get = client.GetTwinAsync();
        await first.GrantAsync();
        Assert.Equal("$iothub/twin/GET/?$rid=1", (await first.NextAsync()).Topic);
        first.Close();
        var second = await hub.NextAsync();
        await second.GrantAsync();
        Assert.Equal("$iothub/twin/GET/?$rid=1", (await second.NextAsync()).Topic);
        await second.PublishAsync("$iothub/twin/res/200/?$rid=1", "{\"desired\":{\"a\":1.0,\"$version\":3},\"reported\":{\"$version\":5}}");
        var twin = await get.WaitAsync(Deadline.Default);
        Assert.Equal((3, 5, "{\"a\":1.0,\"$version\":3}"), (twin.DesiredVersion, twin.ReportedVersion, twin.Desired.ToString()));
    }

    [Fact]
    public async Task A_reported_patch_gives_its_version_or_the_hubs_error()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast);
        var (connection, _) = await DeviceClientTests.OpenAsync(hub, client);
        var patch = client.PatchReportedAsync(RawJson.Parse("{\"x\":1}"), 4);
        await connection.GrantAsync();
        var packet = await connection.NextAsync();
        Assert.Equal("$iothub/twin/PATCH/properties/reported/?$rid=1&$version=4", packet.Topic);
        Assert.Equal("{\"x\":1}"u8.ToArray(), packet.Payload);
        await connection.PublishAsync("$iothub/twin/res/204/?$rid=1&$version=5", "");
        Assert.Equal(5, await patch.WaitAsync(Deadline.Default));

        patch = client.PatchReportedAsync(RawJson.Parse("{\"$x\":1}"));
        await connection.NextAsync();
        await connection.PublishAsync("$iothub/twin/res/400/?$rid=2", "{\"errorCode\":400004,\"trackingId\":\"t\",\"message\":\"bad key\",\"timestampUtc\":\"x\"}");
        var error = await Assert.ThrowsAsync<HubException>(() => patch.WaitAsync(Deadline.Default));
        Assert.Equal((HubErrorCode.ArgumentInvalid, 400, "t"), (error.Code, error.HttpStatus, error.TrackingId));
    }

    [Fact]
    public async Task A_twin_request_without_an_answer_times_out()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast with { TwinTimeout = TimeSpan.FromMilliseconds(200) });
        _ = await DeviceClientTests.OpenAsync(hub, client);
        var error = await Assert.ThrowsAsync<DeviceClientException>(() => client.GetTwinAsync().WaitAsync(Deadline.Default));
        Assert.Equal(DeviceClientError.TimedOut, error.Error);
    }

    [Fact]
    public async Task A_module_uses_its_own_topics()
    {
        await using var hub = new FakeHub();
        await using var client = DeviceClientTests.Create(hub, s_fast, "DeviceId=d1;ModuleId=m");
        var (connection, _) = await DeviceClientTests.OpenAsync(hub, client);
        Assert.Equal("d1/m", connection.Connect!.ClientId);
        var received = new TaskCompletionSource<DeviceMessage>();
        var set = client.SetMessageHandlerAsync((message, _) =>
        {
            received.SetResult(message);
            return Task.CompletedTask;
        });
        Assert.Equal(["devices/d1/modules/m/inputs/#"], await connection.GrantAsync());
        await set.WaitAsync(Deadline.Default);
        await connection.PublishAsync("devices/d1/modules/m/inputs/in%201/a=b", "x");
        Assert.Equal("in 1", (await received.Task.WaitAsync(Deadline.Default)).Input);
    }
}
