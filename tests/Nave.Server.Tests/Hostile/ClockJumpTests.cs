using System.Text;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Mqtt;
using Nave.Server.Tests.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>
/// A wall clock that jumps by ten days, either way, under a hub with connected devices. Deadlines (locks, keep-alive, expiry of messages,
/// the end of sessions) follow the monotonic clock. What is judged by the wall clock, because it was made by another machine's, is a
/// token that is presented now, and the times that events get.
/// </summary>
public sealed class ClockJumpTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private MqttTestHub _hub = null!;
    private DeviceIdentity _device = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await MqttTestHub.StartAsync(_clock);
        _device = await _hub.CreateAsync("d1");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_message_under_way_is_neither_lost_nor_delivered_twice(int days)
    {
        await SendAsync("held");
        await using var client = await SubscribeAsync();
        var held = await client.ExpectMessageAsync();
        Jump(days);
        await AdvanceAsync(30);
        await client.PingAsync();

        // 1. The one that was held is completed by its acknowledgement.
        await client.AcknowledgeAsync(held.PacketId);
        await client.PingAsync();
        await UntilQueueIsEmptyAsync(TimeSpan.Zero);

        // 2. One that waits while the clock jumps back is still there.
        await SendAsync("waits");
        var waits = await client.ExpectMessageAsync();
        Assert.Equal("waits", waits.Payload);
        Jump(-days);
        await client.DisposeAsync();
        await TestDeadline.UntilAsync(() => _hub.Hub.Connections.Find(_device.Id) is null, "the session ends");
        await using var next = await SubscribeAsync();
        Assert.Equal("waits", (await next.ExpectMessageAsync()).Payload);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_message_expires_after_its_life_and_not_by_the_jump(int days)
    {
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.AbsoluteExpiryTime, _clock.GetUtcNow().AddMinutes(30).ToString("o", System.Globalization.CultureInfo.InvariantCulture));
        var sent = await _hub.Hub.CloudToDevice.SendAsync(_device.Id, new CloudToDeviceMessage(properties.ToProperties(), "soon"u8.ToArray()), CancellationToken.None);
        Assert.True(sent.IsSuccess, sent.Error?.Message);
        Jump(days);
        await AdvanceAsync(25 * 60);
        Assert.Equal(1, await CountAsync());
        await UntilQueueIsEmptyAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_session_outlives_a_jump_and_a_token_is_judged_by_the_wall_clock_when_it_is_presented()
    {
        var connect = _hub.Connect(_device);
        await using var client = await _hub.ConnectAsync(_device);
        Jump(10);
        await AdvanceAsync(30);
        await client.PingAsync();

        // The token ended ten days ago by the only clock that there is to judge it by; a new one is good.
        Assert.Equal(MqttReason.NotAuthorized, await AnswerAsync(connect));
        Assert.Equal(MqttReason.Success, await AnswerAsync(_hub.Connect(_device)));
        Jump(-10);
        Assert.Equal(MqttReason.Success, await AnswerAsync(connect));
    }

    [Fact]
    public async Task Events_before_and_after_jumps_are_all_there_in_order_and_are_found_by_time()
    {
        await using var client = await _hub.ConnectAsync(_device);
        var times = new List<DateTimeOffset>();
        for (var i = 0; i < 9; i++)
        {
            if (i is 3 or 6)
            {
                Jump(i == 3 ? 10 : -20);
            }

            times.Add(_clock.GetUtcNow());
            await client.PublishAsync("devices/d1/messages/events/", $"{i}", MqttQos.AtLeastOnce, (ushort)(i + 1));
            Assert.Equal(i + 1, await client.ExpectPubAckAsync());
            await AdvanceAsync(5);
        }

        var stored = await _hub.ReadTelemetryAsync();
        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"{i}"), stored.Select(e => Encoding.UTF8.GetString(e.Body.Span)));
        Assert.Equal(times, stored.Select(e => e.Enqueued));
        for (var i = 0; i < 9; i++)
        {
            // Who starts at an event's time gets it: found is that event, or one before it.
            Assert.InRange(_hub.Hub.Events.FindByTime(stored[i].Partition, times[i]), 0, stored[i].SequenceNumber);
        }

        // The hub's own events are among them. Who starts in what was the future, before the clock was set back, gets what comes next.
        Assert.InRange(_hub.Hub.Events.FindByTime(stored[3].Partition, times[3]), stored[2].SequenceNumber + 1, stored[3].SequenceNumber);
        Assert.InRange(_hub.Hub.Events.FindByTime(stored[8].Partition, times[5].AddMinutes(5)), stored[8].SequenceNumber + 1, long.MaxValue);
    }

    private void Jump(int days) => _clock.SetWallClock(_clock.GetUtcNow().AddDays(days));

    // In steps, as timers see it.
    private async Task AdvanceAsync(int seconds)
    {
        for (var left = seconds; left > 0; left -= 60)
        {
            _clock.Advance(TimeSpan.FromSeconds(Math.Min(left, 60)));
            await Task.Yield();
        }
    }

    private async Task SendAsync(string body)
    {
        var sent = await _hub.Hub.CloudToDevice.SendAsync(
            _device.Id, new CloudToDeviceMessage(EventProperties.Empty, Encoding.UTF8.GetBytes(body)), CancellationToken.None);
        Assert.True(sent.IsSuccess, sent.Error?.Message);
    }

    private async Task<int> CountAsync() => (await _hub.Hub.Registry.GetAsync(_device.Id, CancellationToken.None)).Value!.CloudToDeviceMessageCount;

    private async Task UntilQueueIsEmptyAsync(TimeSpan step)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (await CountAsync() > 0)
        {
            Assert.True(watch.Elapsed < TestDeadline.Default, "The queue does not become empty.");
            _clock.Advance(step);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TestContext.Current.CancellationToken);
        }
    }

    private async Task<MqttTestClient> SubscribeAsync()
    {
        var client = await _hub.ConnectAsync(_device, keepAlive: 1000);
        await client.SubscribeAsync(1, ("devices/d1/messages/devicebound/#", MqttQos.AtLeastOnce));
        await client.ExpectSubAckAsync();
        return client;
    }

    private async Task<MqttReason> AnswerAsync(MqttConnect connect)
    {
        await using var client = await _hub.OpenAsync();
        await client.SendAsync(connect);
        return (await client.ExpectConnAckAsync()).Reason;
    }
}
