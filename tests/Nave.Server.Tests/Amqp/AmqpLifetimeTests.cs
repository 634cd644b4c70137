using Nave.Amqp;
using Nave.Api;
using Nave.Hub.Connections;
using Nave.Server.Mqtt;
using Nave.Testing;

namespace Nave.Server.Tests.Amqp;

/// <summary>What ends links and connections: time, changes of identities, newer connections, the server's own end.</summary>
public sealed class AmqpLifetimeTests : IAsyncLifetime
{
    private const string Events = "/devices/d1/messages/events";
    private readonly ManualClock _clock = new();
    private AmqpTestHub _hub = null!;
    private DeviceIdentity _device = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await AmqpTestHub.StartAsync(_clock);
        _device = await _hub.CreateAsync("d1");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Who_proves_nothing_is_closed_after_the_time_out()
    {
        await using var client = await _hub.OpenAsync();
        await client.OpenedAsync();
        await AdvanceAsync(25);
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await client.Closed)!.Condition);
    }

    [Fact]
    public async Task A_silent_peer_is_closed_and_one_that_sends_empty_frames_is_not()
    {
        await using var silent = await _hub.ConnectAsync(_device, TimeSpan.FromHours(5));
        await using var alive = await _hub.ConnectAsync(_device, TimeSpan.FromHours(5));

        // What was received counts from the server's next look at its clock, which on a busy machine comes some steps late.
        for (var i = 0; i < 200 && (i < 6 || !silent.Closed.IsCompleted); i++)
        {
            await AdvanceAsync(70);
            await alive.SendRawAsync([0, 0, 0, 8, 2, 0, 0, 0]);
        }

        Assert.NotNull(await silent.Closed);
        Assert.Equal(200, await alive.PutTokenAsync(_hub.TokenFor(_device)));
    }

    [Fact]
    public async Task The_end_of_the_token_ends_the_devices_links_and_the_connection_stays()
    {
        await using var client = await _hub.ConnectAsync(_device, TimeSpan.FromMinutes(2));
        var sender = await client.SenderAsync(Events);
        await sender.AttachedAsync();
        await AdvanceAsync(100);
        Assert.NotNull(_hub.Hub.Connections.Find(_device.Id));
        await AdvanceAsync(30);
        Assert.Equal(AmqpCondition.UnauthorizedAccess, (await sender.Detached)!.Condition);
        Assert.Null(_hub.Hub.Connections.Find(_device.Id));
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(_device)));
        await (await client.SenderAsync(Events)).AttachedAsync();
    }

    [Fact]
    public async Task A_renewed_token_keeps_the_links()
    {
        await using var client = await _hub.ConnectAsync(_device, TimeSpan.FromMinutes(2));
        var sender = await client.SenderAsync(Events);
        await sender.AttachedAsync();
        for (var i = 0; i < 5; i++)
        {
            await AdvanceAsync(60);
            Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(_device, TimeSpan.FromMinutes(2))));
        }

        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x"))).Kind);
    }

    [Theory]
    [InlineData("disabled", AmqpCondition.UnauthorizedAccess)]
    [InlineData("deleted", AmqpCondition.NotFound)]
    [InlineData("rekeyed", AmqpCondition.UnauthorizedAccess)]
    public async Task A_change_of_the_identity_ends_its_links(string change, string condition)
    {
        await using var client = await _hub.ConnectAsync(_device);
        var sender = await client.SenderAsync(Events);
        var receiver = await client.ReceiverAsync("/devices/d1/messages/devicebound");
        await sender.AttachedAsync();
        await receiver.AttachedAsync();
        switch (change)
        {
            case "disabled":
                await _hub.Hub.Registry.UpdateAsync(_device with { Status = DeviceStatus.Disabled }, "*", CancellationToken.None);
                break;
            case "deleted":
                await _hub.Hub.Registry.DeleteAsync(_device.Id, "*", CancellationToken.None);
                break;
            default:
                var keys = new SymmetricKeys { PrimaryKey = Convert.ToBase64String(new byte[32]), SecondaryKey = Convert.ToBase64String(new byte[32]) };
                var renewed = _device with { Authentication = new DeviceAuthentication { SymmetricKey = keys } };
                await _hub.Hub.Registry.UpdateAsync(renewed, "*", CancellationToken.None);
                break;
        }

        Assert.Equal(condition, (await sender.Detached)!.Condition);
        Assert.Equal(condition, (await receiver.Detached)!.Condition);
        var again = await client.SenderAsync(Events);
        Assert.NotNull(await again.Detached);
    }

    [Fact]
    public async Task A_newer_connection_of_the_same_device_takes_over()
    {
        await using var older = await _hub.ConnectAsync(_device);
        var first = await older.SenderAsync(Events);
        await first.AttachedAsync();
        await using var newer = await _hub.ConnectAsync(_device);
        var second = await newer.SenderAsync(Events);
        await second.AttachedAsync();
        Assert.Equal(AmqpCondition.LinkStolen, (await first.Detached)!.Condition);
        Assert.Equal(AmqpOutcomeKind.Accepted, (await second.SendAsync(TestMessages.Data("x"))).Kind);
        Assert.Equal(1, _hub.Hub.Connections.Count);
    }

    [Fact]
    public async Task Over_MQTT_and_AMQP_alike_the_newer_connection_stays()
    {
        var options = new MqttHeadOptions { Address = System.Net.IPAddress.Loopback, TlsPort = null, PlainPort = 0 };
        await using var mqtt = new MqttHead(_hub.Hubs, options, null, _clock, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var ports = mqtt.Start();
        await using var client = await _hub.ConnectAsync(_device);
        var first = await client.SenderAsync(Events);
        await first.AttachedAsync();

        await using var device = await Mqtt.MqttTestClient.OpenAsync(ports.Plain!.Value, Nave.Mqtt.MqttVersion.V311);
        await device.SendAsync(new Nave.Mqtt.MqttConnect
        {
            ClientId = "d1", CleanStart = true, UserName = "hub.test/d1/?api-version=2021-04-12", Password = System.Text.Encoding.UTF8.GetBytes(_hub.TokenFor(_device)),
        });
        Assert.Equal(Nave.Mqtt.MqttReason.Success, (await device.ExpectConnAckAsync()).Reason);
        Assert.Equal(AmqpCondition.LinkStolen, (await first.Detached)!.Condition);

        var again = await client.SenderAsync(Events);
        await again.AttachedAsync();
        await device.ExpectCloseAsync();
        Assert.NotNull(_hub.Hub.Connections.Find(_device.Id));
    }

    [Fact]
    public async Task A_device_is_connected_as_long_as_it_has_links()
    {
        await using var client = await _hub.ConnectAsync(_device);
        Assert.Null(_hub.Hub.Connections.Find(_device.Id));
        var one = await client.SenderAsync(Events);
        var two = await client.ReceiverAsync("/devices/d1/messages/devicebound");
        await one.AttachedAsync();
        await two.AttachedAsync();
        var session = _hub.Hub.Connections.Find(_device.Id)!;
        await one.DetachAsync();
        Assert.True(session.IsOpen);
        await two.DetachAsync();
        await TestDeadline.UntilAsync(() => _hub.Hub.Connections.Find(_device.Id) is null, "the device is gone");
        Assert.Equal(CloseReason.ClosedByPeer, session.Ended);
    }

    [Fact]
    public async Task A_connection_that_breaks_ends_the_session()
    {
        var client = await _hub.ConnectAsync(_device);
        await (await client.SenderAsync(Events)).AttachedAsync();
        var session = _hub.Hub.Connections.Find(_device.Id)!;
        await client.DisposeAsync();
        await TestDeadline.UntilAsync(() => !session.IsOpen, "the session has ended");
        Assert.Equal(CloseReason.ConnectionLost, session.Ended);
    }

    [Fact]
    public async Task A_session_that_ends_ends_its_device_only()
    {
        var other = await _hub.CreateAsync("d2");
        await using var client = await _hub.OpenAsync();
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(_device)));
        Assert.Equal(200, await client.PutTokenAsync(_hub.TokenFor(other)));
        var first = await client.BeginAsync();
        await (await client.SenderAsync(Events, session: first)).AttachedAsync();
        var sender = await client.SenderAsync("/devices/d2/messages/events", session: await client.BeginAsync());
        await sender.AttachedAsync();
        await client.DoAsync(_ => first.End());
        await TestDeadline.UntilAsync(() => _hub.Hub.Connections.Find(_device.Id) is null, "the first is gone");
        Assert.NotNull(_hub.Hub.Connections.Find(other.Id));
        Assert.Equal(AmqpOutcomeKind.Accepted, (await sender.SendAsync(TestMessages.Data("x"))).Kind);
    }

    [Fact]
    public async Task A_hub_that_is_deleted_ends_its_connections()
    {
        await using var client = await _hub.ConnectAsync(_device);
        var sender = await client.SenderAsync(Events);
        await sender.AttachedAsync();
        await _hub.Hubs.DeleteAsync("hub", CancellationToken.None);
        await AdvanceAsync(15);
        Assert.Equal("com.microsoft:iot-hub-not-found-error", (await client.Closed)!.Condition);
    }

    [Fact]
    public async Task The_server_says_why_it_closes_and_settles_what_was_staged()
    {
        await using var hub = await AmqpTestHub.StartAsync();
        var device = await hub.CreateAsync("d1");
        await using var client = await hub.ConnectAsync(device);
        var sender = await client.SenderAsync(Events);
        await sender.AttachedAsync();
        var sent = Enumerable.Range(0, 100).Select(i => sender.SendAsync(TestMessages.Data($"{i}"))).ToList();
        await TestDeadline.UntilAsync(() => hub.Hub.Connections.Find(device.Id) is not null, "connected");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await hub.Head.StopAsync();
        Assert.True(watch.Elapsed < TestDeadline.Default, $"Stopping took {watch.Elapsed}.");
        Assert.Equal(AmqpCondition.ConnectionForced, (await client.Closed)!.Condition);
        var accepted = sent.Count(task => task.IsCompletedSuccessfully && task.Result.Kind == AmqpOutcomeKind.Accepted);
        Assert.True((await hub.ReadTelemetryAsync()).Count >= accepted);
    }

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
