using System.Text;
using Nave.Api;
using Nave.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Mqtt;

/// <summary>What happens with time, under a clock of the test; and a conversation cut everywhere.</summary>
public sealed class MqttLifetimeTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private MqttTestHub _hub = null!;
    private DeviceIdentity _device = null!;

    [Fact]
    public async Task Silence_of_one_and_a_half_keep_alives_ends_the_connection()
    {
        await using var client = await _hub.ConnectAsync(_device, keepAlive: 60);
        for (var i = 0; i < 5; i++)
        {
            await AdvanceAsync(60);
            await client.PingAsync();
        }

        await AdvanceAsync(85);
        Assert.NotNull(_hub.Hub.Connections.Find(_device.Id));
        await AdvanceAsync(10);
        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task Half_a_packet_is_silence_too()
    {
        await using var client = await _hub.ConnectAsync(_device, MqttVersion.V5, keepAlive: 10);
        for (var i = 0; i < 7; i++)
        {
            await client.SendAsync(i == 0 ? [0x30, 0x7F] : [0x00]);
            await AdvanceAsync(2);
        }

        await AdvanceAsync(4);
        Assert.Equal(MqttReason.KeepAliveTimeout, (await client.ExpectDisconnectAsync()).Reason);
    }

    [Fact]
    public async Task Without_a_keep_alive_the_limit_of_the_service_holds()
    {
        await using var client = await _hub.ConnectAsync(_device, keepAlive: 0);
        for (var i = 0; i < 29; i++)
        {
            await AdvanceAsync(60);
        }

        await client.PingAsync();
        for (var i = 0; i < 30; i++)
        {
            await AdvanceAsync(60);
        }

        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task Who_sends_no_connect_is_closed_after_the_time_out()
    {
        await using var silent = await _hub.OpenAsync();
        await using var slow = await _hub.OpenAsync();
        await slow.SendAsync(0x10, 0x20, 0x00);
        await AdvanceAsync(15);
        await slow.SendAsync(0x04);
        await AdvanceAsync(8);
        await silent.ExpectCloseAsync();
        await slow.ExpectCloseAsync();
    }

    [Fact]
    public async Task The_end_of_the_token_ends_the_connection()
    {
        await using var client = await _hub.OpenAsync();
        var connect = _hub.Connect(_device);
        await client.SendAsync(new MqttConnect
        {
            ClientId = connect.ClientId, CleanStart = true, UserName = connect.UserName, Password = Encoding.UTF8.GetBytes(_hub.TokenFor(_device, TimeSpan.FromMinutes(2))),
        });
        Assert.Equal(MqttReason.Success, (await client.ExpectConnAckAsync()).Reason);
        await AdvanceAsync(100);
        await client.PingAsync();
        for (var i = 0; i < 12; i++)
        {
            await AdvanceAsync(60);
        }

        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task Jumps_of_the_wall_clock_end_nothing()
    {
        await using var client = await _hub.ConnectAsync(_device, keepAlive: 60);
        _clock.SetWallClock(_clock.GetUtcNow().AddDays(-10));
        await AdvanceAsync(30);
        await client.PingAsync();
        _clock.SetWallClock(_clock.GetUtcNow().AddDays(10));
        await AdvanceAsync(30);
        await client.PingAsync();
    }

    [Fact]
    public async Task A_whole_conversation_may_be_cut_at_every_byte()
    {
        await using var shape = await _hub.OpenAsync();
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        _hub.Connect(_device).Encode(output);
        byte[] conversation =
        [
            .. output.WrittenSpan,
            .. shape.Subscribe(1, ("devices/d1/messages/devicebound/#", MqttQos.AtLeastOnce), (MqttTopics.TwinResponseFilter, MqttQos.AtMostOnce)),
            .. shape.Publish("devices/d1/messages/events/a=1", "one"u8.ToArray(), MqttQos.AtLeastOnce, 2),
            .. shape.Publish("devices/d1/messages/events/", new byte[300], MqttQos.AtMostOnce),
            .. shape.Publish("devices/d1/messages/events/a=3", "three"u8.ToArray(), MqttQos.AtLeastOnce, 3),
            0xC0, 0x00,
        ];
        for (var cut = 1; cut < conversation.Length; cut++)
        {
            await using var client = await _hub.OpenAsync();
            await client.SendAsync(conversation[..cut]);
            await Task.Yield();
            await client.SendAsync(conversation[cut..]);
            await client.ExpectConnAckAsync();
            Assert.Equal([MqttReason.GrantedQos1, MqttReason.Success], (await client.ExpectSubAckAsync()).Reasons);

            // PINGRESP does not wait for the disk, so it comes before, between or after the acknowledgements.
            var acks = new List<ushort>();
            var pings = 0;
            while (acks.Count < 2 || pings < 1)
            {
                var packet = await client.ExpectAnyAsync();
                if ((MqttPacketType)(packet[0] >> 4) == MqttPacketType.PingResp)
                {
                    pings++;
                }
                else
                {
                    acks.Add((ushort)((packet[2] << 8) | packet[3]));
                }
            }

            Assert.Equal([2, 3], acks);
        }

        Assert.Equal((conversation.Length - 1) * 3, (await _hub.ReadTelemetryAsync()).Count);
    }

    public async ValueTask InitializeAsync()
    {
        _hub = await MqttTestHub.StartAsync(_clock);
        _device = await _hub.CreateAsync("d1");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    // Step by step, as real time would: each tick is seen before the next.
    private async Task AdvanceAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            var turns = _hub.Head.Turns;
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.True(SpinWait.SpinUntil(() => _hub.Head.Turns > turns, TestDeadline.Default), $"The event loops have not seen second {i + 1} of {seconds}.");
            await Task.Yield();
        }
    }
}
