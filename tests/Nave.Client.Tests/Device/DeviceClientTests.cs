using System.Text;
using Nave.Api;
using Nave.Client.Tests.Fakes;
using Nave.Mqtt;

namespace Nave.Client.Tests.Device;

public sealed class DeviceClientTests
{
    private const string Key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static readonly DeviceClientOptions s_fast = new()
    {
        Transport = ClientTransport.MqttPlain,
        FirstReconnectDelay = TimeSpan.FromMilliseconds(20),
        LongestReconnectDelay = TimeSpan.FromMilliseconds(100),
    };

    [Fact]
    public async Task CONNECT_says_who_it_is_and_an_event_completes_with_its_acknowledgement()
    {
        await using var hub = new FakeHub();
        await using var client = Create(hub, s_fast with { WillBody = "bye"u8.ToArray(), ModelId = "dtmi:a;1" });
        var (connection, _) = await OpenAsync(hub, client);
        Assert.Equal("d1", connection.Connect!.ClientId);
        Assert.False(connection.Connect.CleanStart);
        Assert.Equal("hub.test/d1/?api-version=2021-04-12&DeviceClientType=nave%2F0.1&model-id=dtmi%3Aa%3B1", connection.Connect.UserName);
        Assert.Equal("devices/d1/messages/events/", connection.Connect.Will!.Topic);
        Assert.True(SasToken.TryParse(Encoding.UTF8.GetString(connection.Connect.Password!.Value.Span), out var token));
        Assert.True(token.Verify(Convert.FromBase64String(Key)));
        Assert.True(token.Covers("hub.test", "devices/d1"));

        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.ContentType, "application/json");
        properties.Add("a", "b c");
        var send = client.SendEventAsync("{}"u8.ToArray(), properties.ToProperties()).AsTask();
        var packet = await connection.NextAsync();
        Assert.Equal("devices/d1/messages/events/%24.ct=application%2Fjson&a=b%20c", packet.Topic);
        Assert.Equal("{}"u8.ToArray(), packet.Payload);
        Assert.False(send.IsCompleted);
        await connection.AcknowledgeAsync(packet.PacketId);
        await send.WaitAsync(Deadline.Default);
        Assert.Equal(0, client.InFlight);
    }

    [Fact]
    public async Task A_client_whose_hub_is_gone_goes_on_at_the_alternate_and_sends_there_what_was_not_acknowledged()
    {
        await using var mirror = new FakeHub();
        var first = new FakeHub();
        await using var client = Create(first, s_fast with { Alternates = [SiteOf(mirror)] });
        var (connection, _) = await OpenAsync(first, client);
        Assert.Equal("hub.test", client.HostName);
        var send = client.SendEventAsync("1"u8.ToArray()).AsTask();
        await connection.NextAsync();
        await first.DisposeAsync();

        var there = await mirror.NextAsync();
        Assert.StartsWith("mirror.test/d1/", there.Connect!.UserName, StringComparison.Ordinal);
        Assert.True(SasToken.TryParse(Encoding.UTF8.GetString(there.Connect.Password!.Value.Span), out var token));
        Assert.True(token.Verify(Convert.FromBase64String(Key)));
        Assert.True(token.Covers("mirror.test", "devices/d1"));
        var packet = await there.NextAsync();
        Assert.Equal("1"u8.ToArray(), packet.Payload);
        await there.AcknowledgeAsync(packet.PacketId);
        await send.WaitAsync(Deadline.Default);
        Assert.Equal("mirror.test", client.HostName);
    }

    [Fact]
    public async Task A_hub_that_refuses_sends_the_client_to_the_next_and_a_round_of_refusals_ends_the_first_connect()
    {
        await using var first = new FakeHub { Answer = MqttReason.NotAuthorized };
        await using var mirror = new FakeHub();
        await using (var client = Create(first, s_fast with { Alternates = [SiteOf(mirror)] }))
        {
            await client.ConnectAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline.Default, TestContext.Current.CancellationToken);
            Assert.Equal("mirror.test", client.HostName);
        }

        mirror.Answer = MqttReason.NotAuthorized;
        await using var refused = Create(first, s_fast with { Alternates = [SiteOf(mirror)] });
        var error = await Assert.ThrowsAsync<DeviceClientException>(() => refused.ConnectAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline.Default));
        Assert.Equal(DeviceClientError.Refused, error.Error);
        Assert.Contains("mirror.test", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transport_other_than_MQTT_is_refused()
    {
        await using var hub = new FakeHub();
        Assert.Contains("Transport is Amqp", Assert.Throws<ArgumentException>(() => Create(hub, s_fast with { Transport = ClientTransport.Amqp })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_in_flight_keep_their_order_and_leave_in_few_writes()
    {
        const int Count = 20_000;
        await using var hub = new FakeHub();
        await using var client = Create(hub, s_fast with { MaxQueuedMessages = Count });
        var (connection, _) = await OpenAsync(hub, client);
        var sends = Enumerable.Range(0, Count).Select(i => client.SendEventAsync(BitConverter.GetBytes(i)).AsTask()).ToArray();
        for (var i = 0; i < Count; i++)
        {
            var packet = await connection.NextAsync();
            Assert.Equal(i, BitConverter.ToInt32(packet.Payload));
            await connection.AcknowledgeAsync(packet.PacketId);
        }

        await Task.WhenAll(sends).WaitAsync(Deadline.Default);
        Assert.InRange(connection.Reads, 1, Count / 4);
    }

    [Fact]
    public async Task What_is_unacknowledged_when_the_connection_breaks_comes_first_again_as_a_duplicate()
    {
        await using var hub = new FakeHub();
        await using var client = Create(hub, s_fast);
        var (first, _) = await OpenAsync(hub, client);
        var sends = new List<Task>();
        for (byte i = 0; i < 5; i++)
        {
            sends.Add(client.SendEventAsync(new[] { i }).AsTask());
        }

        var packets = new List<FakePacket>();
        for (var i = 0; i < 5; i++)
        {
            packets.Add(await first.NextAsync());
        }

        await first.AcknowledgeAsync(packets[0].PacketId);
        await sends[0].WaitAsync(Deadline.Default);
        first.Close();
        sends.Add(client.SendEventAsync(new byte[] { 5 }).AsTask());

        var second = await hub.NextAsync();
        for (byte i = 1; i <= 5; i++)
        {
            var packet = await second.NextAsync();
            Assert.Equal(new[] { i }, packet.Payload);

            // The last may have left on the dying connection, or not.
            if (i < 5)
            {
                Assert.True(packet.Duplicate);
                Assert.Equal(packets[i].PacketId, packet.PacketId);
            }

            await second.AcknowledgeAsync(packet.PacketId);
        }

        await Task.WhenAll(sends).WaitAsync(Deadline.Default);
    }

    [Fact]
    public async Task A_full_queue_and_a_message_that_waits_too_long_fail_with_a_reason()
    {
        await using var hub = new FakeHub();
        await using var client = Create(hub, s_fast with { MaxQueuedMessages = 2, MaxInFlight = 1, MessageTimeout = TimeSpan.FromMilliseconds(400) });
        var (connection, _) = await OpenAsync(hub, client);
        var inFlight = client.SendEventAsync(new byte[] { 0 }).AsTask();
        await connection.NextAsync();
        var waiting = new[] { client.SendEventAsync(new byte[] { 1 }).AsTask(), client.SendEventAsync(new byte[] { 2 }).AsTask() };
        var refused = await Assert.ThrowsAsync<DeviceClientException>(() => client.SendEventAsync(new byte[] { 3 }).AsTask());
        Assert.Equal(DeviceClientError.QueueFull, refused.Error);
        Assert.Contains("2 are permitted", refused.Message, StringComparison.Ordinal);
        foreach (var task in waiting.Prepend(inFlight))
        {
            var late = await Assert.ThrowsAsync<DeviceClientException>(() => task.WaitAsync(Deadline.Default));
            Assert.Equal(DeviceClientError.TimedOut, late.Error);
        }
    }

    [Fact]
    public async Task A_refused_device_is_told_so_and_does_not_try_again()
    {
        await using var hub = new FakeHub { Answer = MqttReason.NotAuthorized };
        await using var client = Create(hub, s_fast);
        var error = await Assert.ThrowsAsync<DeviceClientException>(() => client.ConnectAsync().WaitAsync(Deadline.Default));
        Assert.Equal(DeviceClientError.Refused, error.Error);
        Assert.Equal(DeviceConnectionState.Disconnected, client.State);
        var send = await Assert.ThrowsAsync<DeviceClientException>(() => client.SendEventAsync(new byte[] { 1 }).AsTask());
        Assert.Equal(DeviceClientError.NotConnected, send.Error);

        // A later attempt by the application may succeed.
        hub.Answer = MqttReason.Success;
        await client.ConnectAsync().WaitAsync(Deadline.Default);
        Assert.Equal(DeviceConnectionState.Connected, client.State);
    }

    [Fact]
    public async Task A_cancelled_send_ends_and_its_late_acknowledgement_does_no_harm()
    {
        await using var hub = new FakeHub();
        await using var client = Create(hub, s_fast);
        var (connection, _) = await OpenAsync(hub, client);
        using var cancellation = new CancellationTokenSource();
        var cancelled = client.SendEventAsync(new byte[] { 1 }, null, cancellation.Token).AsTask();
        var packet = await connection.NextAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled.WaitAsync(Deadline.Default));
        var next = client.SendEventAsync(new byte[] { 2 }).AsTask();
        await connection.AcknowledgeAsync(packet.PacketId, (await connection.NextAsync()).PacketId);
        await next.WaitAsync(Deadline.Default);
        Assert.Equal(0, client.InFlight);
    }

    [Fact]
    public async Task A_token_is_renewed_by_a_planned_reconnect_with_a_farewell()
    {
        await using var hub = new FakeHub();
        await using var client = Create(hub, s_fast with { TokenLifetime = TimeSpan.FromSeconds(2), TokenUse = 0.1 });
        var changes = new List<DeviceConnectionChange>();
        client.ConnectionChanged += (_, change) => changes.Add(change);
        var (first, _) = await OpenAsync(hub, client);
        Assert.Equal(MqttPacketType.Disconnect, (await first.NextAsync()).Type);
        var second = await hub.NextAsync();
        Assert.NotNull(second.Connect);
        Assert.Equal([null], changes.Where(c => c.State == DeviceConnectionState.Disconnected).Select(c => c.Reason).Take(1));
    }

    [Fact]
    public async Task A_silent_hub_is_left_after_the_keep_alive()
    {
        await using var hub = new FakeHub();
        await using var client = Create(hub, s_fast with { KeepAlive = TimeSpan.FromSeconds(1) });
        var (first, _) = await OpenAsync(hub, client);
        Assert.Equal(MqttPacketType.PingReq, (await first.NextOrEndAsync())!.Type);
        Assert.Null(await first.NextOrEndAsync());
        Assert.NotNull(await hub.NextAsync());
    }

    [Fact]
    public async Task A_dispose_says_farewell_and_fails_what_waits()
    {
        await using var hub = new FakeHub();
        var client = Create(hub, s_fast);
        var (connection, _) = await OpenAsync(hub, client);
        var send = client.SendEventAsync(new byte[] { 1 }).AsTask();
        await connection.NextAsync();
        await client.DisposeAsync();
        Assert.Equal(MqttPacketType.Disconnect, (await connection.NextAsync()).Type);
        Assert.Equal(DeviceClientError.Disposed, (await Assert.ThrowsAsync<DeviceClientException>(() => send)).Error);
        Assert.Equal(DeviceClientError.Disposed, (await Assert.ThrowsAsync<DeviceClientException>(() => client.SendEventAsync(default).AsTask())).Error);
        Assert.Equal(DeviceConnectionState.Closed, client.State);
    }

    [Fact]
    public async Task An_event_that_is_too_large_is_refused_before_it_is_queued()
    {
        await using var hub = new FakeHub();
        await using var client = Create(hub, s_fast);
        _ = await OpenAsync(hub, client);
        var error = await Assert.ThrowsAsync<DeviceClientException>(() => client.SendEventAsync(new byte[DeviceClient.MaxEventBytes + 1]).AsTask());
        Assert.Equal(DeviceClientError.TooLarge, error.Error);
        var properties = new EventPropertiesWriter();
        properties.Add("a", new string('/', 30_000));
        error = await Assert.ThrowsAsync<DeviceClientException>(() => client.SendEventAsync(default, properties.ToProperties()).AsTask());
        Assert.Equal(DeviceClientError.TooLarge, error.Error);
    }

    [Fact]
    public void Options_out_of_range_are_all_reported()
    {
        var error = Assert.Throws<ArgumentException>(() => DeviceClient.Create(
            IotHubConnectionString.Parse($"HostName=hub.test;DeviceId=d1;SharedAccessKey={Key}"),
            new DeviceClientOptions { KeepAlive = TimeSpan.Zero, MaxInFlight = 0, TokenUse = 2 }));
        Assert.Contains("KeepAlive", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxInFlight", error.Message, StringComparison.Ordinal);
        Assert.Contains("TokenUse", error.Message, StringComparison.Ordinal);
    }

    private static HubSite SiteOf(FakeHub hub) =>
        new("mirror.test") { Endpoint = new ClientEndpoint { Host = "127.0.0.1", Port = hub.Port } };

    internal static DeviceClient Create(FakeHub hub, DeviceClientOptions options, string ids = "DeviceId=d1") => DeviceClient.Create(
        IotHubConnectionString.Parse($"HostName=hub.test;{ids};SharedAccessKey={Key}"),
        options with { Endpoint = new ClientEndpoint { Host = "127.0.0.1", Port = hub.Port } });

    internal static async Task<(FakeConnection Connection, Task Opened)> OpenAsync(FakeHub hub, DeviceClient client)
    {
        var opened = client.ConnectAsync();
        var connection = await hub.NextAsync();
        await opened.WaitAsync(Deadline.Default);
        return (connection, opened);
    }
}
