using System.Text;
using System.Text.Json.Nodes;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Hub.Connections;
using Nave.Storage;
using Nave.Testing;

namespace Nave.Hub.Tests.Commands;

public sealed class CloudToDeviceTests
{
    private static readonly IdentityId s_id = new("d1");

    [Fact]
    public async Task Messages_come_in_order_and_go_when_completed()
    {
        await using var hub = await OpenAsync();
        var link = new FakeLink();
        var session = hub.Connect("d1", link, DeviceFeatures.CloudToDevice);
        var first = await SendAsync(hub, "one", p => p.Add("app", "x"));
        var second = await SendAsync(hub, "two");
        Assert.True(second > first);
        Assert.Equal(2, link.Available);
        var a = await ReceiveAsync(hub, session);
        var b = await ReceiveAsync(hub, session);
        Assert.Equal(("one", "two"), (Body(a), Body(b)));
        Assert.Equal("x", a!.Message.Properties["app"]);
        Assert.Equal("/devices/d1/messages/deviceBound", a.Message.Properties[SystemProperty.To]);
        Assert.Null(await ReceiveAsync(hub, session));
        Assert.True((await hub.Services.CloudToDevice.CompleteAsync(s_id, a.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal(HubErrorCode.DeviceMessageLockLost, (await hub.Services.CloudToDevice.CompleteAsync(s_id, a.LockToken, ServicesFixture.Cancellation)).Error?.Code);
        Assert.Contains("\"cloudToDeviceMessageCount\":1", ServicesFixture.Text((await hub.Twins.GetAsync(s_id, ServicesFixture.Cancellation)).Value), StringComparison.Ordinal);
        Assert.True((await hub.Services.CloudToDevice.CompleteAsync(s_id, b!.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        Assert.Contains("\"cloudToDeviceMessageCount\":0", ServicesFixture.Text((await hub.Twins.GetAsync(s_id, ServicesFixture.Cancellation)).Value), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_survives_a_restart_free_and_numbers_go_on()
    {
        await using var hub = await OpenAsync();
        var session = hub.Connect("d1", new FakeLink());
        await SendAsync(hub, "done");
        var held = await SendAsync(hub, "held", p => p.Add(SystemProperty.MessageId, "m1"));
        await hub.Services.CloudToDevice.CompleteAsync(s_id, (await ReceiveAsync(hub, session))!.LockToken, ServicesFixture.Cancellation);
        Assert.Equal("held", Body(await ReceiveAsync(hub, session)));
        await hub.RestartAsync();
        session = hub.Connect("d1", new FakeLink());
        var again = await ReceiveAsync(hub, session);
        Assert.Equal((held, "held", "m1"), (again!.SequenceNumber, Body(again), again.Message.Properties[SystemProperty.MessageId]));
        await hub.Services.CloudToDevice.CompleteAsync(s_id, again.LockToken, ServicesFixture.Cancellation);
        await hub.RestartAsync();
        Assert.True(await SendAsync(hub, "later") > held);
    }

    [Fact]
    public async Task A_session_that_ends_gives_back_what_it_holds()
    {
        await using var hub = await OpenAsync();
        await SendAsync(hub, "m");
        var old = hub.Connect("d1", new FakeLink());
        var held = await ReceiveAsync(hub, old);
        var link = new FakeLink();
        var session = hub.Connect("d1", link, DeviceFeatures.CloudToDevice);
        Assert.True(link.Available >= 1);
        Assert.Null(await ReceiveAsync(hub, old));
        var again = await ReceiveAsync(hub, session);
        Assert.Equal(held!.SequenceNumber, again!.SequenceNumber);
        Assert.Equal(0, again.DeliveryCount);
        Assert.Equal(HubErrorCode.DeviceMessageLockLost, (await hub.Services.CloudToDevice.CompleteAsync(s_id, held.LockToken, ServicesFixture.Cancellation)).Error?.Code);
        Assert.True((await hub.Services.CloudToDevice.CompleteAsync(s_id, again.LockToken, ServicesFixture.Cancellation)).IsSuccess);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_wall_clock_that_jumps_ends_no_lock_and_no_message(int days)
    {
        await using var hub = await OpenAsync();
        await SendAsync(hub, "m");
        var held = await ReceiveAsync(hub, null);
        hub.Clock.SetWallClock(hub.Clock.GetUtcNow().AddDays(days));
        hub.Clock.Advance(TimeSpan.FromSeconds(59));
        await hub.Services.CloudToDevice.SweepAsync(ServicesFixture.Cancellation);
        Assert.Null(await ReceiveAsync(hub, null));
        Assert.True((await hub.Services.CloudToDevice.AbandonAsync(s_id, held!.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal("m", Body(await ReceiveAsync(hub, null)));
    }

    [Fact]
    public async Task A_lock_by_time_ends_and_the_message_is_offered_again()
    {
        await using var hub = await OpenAsync();
        await SendAsync(hub, "m");
        var held = await hub.Services.CloudToDevice.ReceiveAsync(s_id, null, TimeSpan.FromSeconds(5), ServicesFixture.Cancellation);
        Assert.Null(await ReceiveAsync(hub, null));
        hub.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HubErrorCode.DeviceMessageLockLost, (await hub.Services.CloudToDevice.CompleteAsync(s_id, held!.LockToken, ServicesFixture.Cancellation)).Error?.Code);
        var again = await ReceiveAsync(hub, null);
        Assert.Equal(held.SequenceNumber, again!.SequenceNumber);
        Assert.NotEqual(held.LockToken, again.LockToken);
    }

    [Fact]
    public async Task Ten_abandons_end_a_message_with_feedback()
    {
        await using var hub = await OpenAsync();
        await SendAsync(hub, "m", p =>
        {
            p.Add(SystemProperty.MessageId, "id-1");
            p.Add(SystemProperty.Ack, "full");
        });
        for (var i = 0; i < 10; i++)
        {
            var held = await ReceiveAsync(hub, null);
            Assert.Equal(i, held!.DeliveryCount);
            Assert.True((await hub.Services.CloudToDevice.AbandonAsync(s_id, held.LockToken, ServicesFixture.Cancellation)).IsSuccess);
            if (i == 4)
            {
                await hub.RestartAsync();
            }
        }

        Assert.Null(await ReceiveAsync(hub, null));
        var feedback = Assert.Single(await FeedbackAsync(hub));
        Assert.Equal("DeliveryCountExceeded", (string?)feedback["statusCode"]);
        Assert.Equal("id-1", (string?)feedback["originalMessageId"]);
        Assert.Equal("d1", (string?)feedback["deviceId"]);
        Assert.Equal("1", (string?)feedback["deviceGenerationId"]);
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("positive", "Success")]
    [InlineData("negative", "Expired,Purged,Rejected")]
    [InlineData("full", "Expired,Purged,Rejected,Success")]
    public async Task Feedback_tells_what_was_asked_for(string ack, string expected)
    {
        await using var hub = await OpenAsync();
        void WithAck(EventPropertiesWriter p) => p.Add(SystemProperty.Ack, ack);
        var service = hub.Services.CloudToDevice;
        await SendAsync(hub, "complete", WithAck);
        await service.CompleteAsync(s_id, (await ReceiveAsync(hub, null))!.LockToken, ServicesFixture.Cancellation);
        await SendAsync(hub, "reject", WithAck);
        await service.RejectAsync(s_id, (await ReceiveAsync(hub, null))!.LockToken, ServicesFixture.Cancellation);
        await SendAsync(hub, "purge", WithAck);
        Assert.Equal(1, (await service.PurgeAsync(s_id, ServicesFixture.Cancellation)).Value);
        await SendAsync(hub, "expire", p =>
        {
            WithAck(p);
            p.Add(SystemProperty.AbsoluteExpiryTime, WireTime.Format(hub.Clock.GetUtcNow().AddSeconds(10)));
        });
        hub.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await ReceiveAsync(hub, null));

        await hub.RestartAsync();
        var records = await FeedbackAsync(hub);
        Assert.Equal(expected, string.Join(',', records.Select(r => (string?)r["statusCode"]).Order()));
    }

    [Fact]
    public async Task What_expires_unseen_is_swept_and_old_feedback_with_it()
    {
        await using var hub = await OpenAsync();
        await SendAsync(hub, "m", p => p.Add(SystemProperty.Ack, "negative"));
        hub.Clock.Advance(TimeSpan.FromHours(1));
        await TestDeadline.UntilAsync(() => Count(hub) == 0, "the message is gone");
        Assert.Single(await FeedbackAsync(hub));
        hub.Clock.Advance(TimeSpan.FromHours(1));
        await UntilNoFeedbackAsync(hub);
    }

    [Fact]
    public async Task Fifty_may_wait_and_one_more_is_refused()
    {
        await using var hub = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => SendAsync(hub, $"m{i}")));
        var refused = await TrySendAsync(hub, new CloudToDeviceMessage(EventProperties.Empty, default));
        Assert.Equal(HubErrorCode.DeviceMaximumQueueDepthExceeded, refused.Error?.Code);
        var session = hub.Connect("d1", new FakeLink());
        var sequences = new List<long>();
        while (await ReceiveAsync(hub, session) is { } message)
        {
            sequences.Add(message.SequenceNumber);
        }

        Assert.Equal(50, sequences.Count);
        Assert.Equal(sequences.Order(), sequences);
        Assert.Equal(50, (await hub.Services.CloudToDevice.PurgeAsync(s_id, ServicesFixture.Cancellation)).Value);
        Assert.True((await TrySendAsync(hub, new CloudToDeviceMessage(EventProperties.Empty, default))).IsSuccess);
    }

    [Fact]
    public async Task Limits_of_a_message_are_kept()
    {
        await using var hub = await OpenAsync();
        Assert.True((await TrySendAsync(hub, new CloudToDeviceMessage(EventProperties.Empty, new byte[65536]))).IsSuccess);
        Assert.Equal(HubErrorCode.MessageTooLarge, (await TrySendAsync(hub, new CloudToDeviceMessage(EventProperties.Empty, new byte[65537]))).Error?.Code);
        Assert.Equal(HubErrorCode.InvalidMessageExpiryTime, (await TrySendAsync(hub, Expiring(hub.Clock.GetUtcNow()))).Error?.Code);
        Assert.Equal(HubErrorCode.InvalidMessageExpiryTime, (await TrySendAsync(hub, Expiring(hub.Clock.GetUtcNow().AddDays(2).AddSeconds(1)))).Error?.Code);
        Assert.True((await TrySendAsync(hub, Expiring(hub.Clock.GetUtcNow().AddDays(2)))).IsSuccess);
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await TrySendAsync(hub, With(p => p.Add(SystemProperty.Ack, "3")))).Error?.Code);
        Assert.Equal(HubErrorCode.ArgumentInvalid, (await TrySendAsync(hub, With(p => p.Add(SystemProperty.AbsoluteExpiryTime, "soon")))).Error?.Code);
        Assert.Equal(
            HubErrorCode.DeviceNotFound,
            (await hub.Services.CloudToDevice.SendAsync(new IdentityId("d9"), With(_ => { }), ServicesFixture.Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task A_new_life_of_an_id_does_not_get_the_messages_of_the_old_one()
    {
        await using var hub = await OpenAsync();
        await SendAsync(hub, "old");
        await hub.DeleteAsync("d1");
        Assert.Equal(0, Count(hub));
        await hub.CreateAsync("d1", generation: "2");
        Assert.Null(await ReceiveAsync(hub, hub.Connect("d1", new FakeLink(), generation: "2")));
        await SendAsync(hub, "new");
        Assert.Null(await ReceiveAsync(hub, hub.Connect("d1", new FakeLink(), generation: "1")));
        Assert.Equal(0, Count(hub));
    }

    [Fact]
    public async Task While_the_disk_is_full_nothing_is_lost_and_nothing_is_acknowledged()
    {
        await using var hub = await OpenAsync();
        var link = new FakeLink();
        var session = hub.Connect("d1", link, DeviceFeatures.CloudToDevice);
        await SendAsync(hub, "first", p => p.Add(SystemProperty.Ack, "full"));
        var held = await ReceiveAsync(hub, session);
        hub.Faults.IsFull = true;
        await Assert.ThrowsAsync<StorageUnavailableException>(() => SendAsync(hub, "refused"));
        foreach (var settle in (Func<Task>[])
            [
                () => hub.Services.CloudToDevice.CompleteAsync(s_id, held!.LockToken, ServicesFixture.Cancellation).AsTask(),
                () => hub.Services.CloudToDevice.AbandonAsync(s_id, held!.LockToken, ServicesFixture.Cancellation).AsTask(),
                () => hub.Services.CloudToDevice.RejectAsync(s_id, held!.LockToken, ServicesFixture.Cancellation).AsTask(),
                () => hub.Services.CloudToDevice.PurgeAsync(s_id, ServicesFixture.Cancellation).AsTask(),
            ])
        {
            await Assert.ThrowsAsync<StorageUnavailableException>(settle);
        }

        Assert.Equal(1, Count(hub));
        Assert.Null(await ReceiveAsync(hub, session));
        hub.Faults.IsFull = false;
        await SendAsync(hub, "second");
        Assert.True((await hub.Services.CloudToDevice.CompleteAsync(s_id, held!.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal("second", Body(await ReceiveAsync(hub, session)));
        Assert.Single(await FeedbackAsync(hub));
        await hub.RestartAsync();
        Assert.Equal(1, Count(hub));
    }

    [Fact]
    public async Task Whoever_takes_over_each_message_is_completed_once()
    {
        await using var hub = await OpenAsync();
        const int Messages = 120;
        var completed = new System.Collections.Concurrent.ConcurrentDictionary<long, int>();
        var sent = 0;
        var sender = Task.Run(async () =>
        {
            while (sent < Messages)
            {
                if ((await TrySendAsync(hub, With(_ => { }))).IsSuccess)
                {
                    sent++;
                }
            }
        }, ServicesFixture.Cancellation);
        var receivers = Enumerable.Range(0, 4).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (completed.Count < Messages)
            {
                var session = random.Next(3) == 0 ? null : hub.Connect("d1", new FakeLink(), DeviceFeatures.CloudToDevice);
                for (var i = random.Next(1, 12); i > 0; i--)
                {
                    if (await ReceiveAsync(hub, session) is not { } message)
                    {
                        await Task.Yield(); // Let the sender have the processor.
                        continue;
                    }

                    var done = session is not null && random.Next(8) == 0
                        ? new HubError(HubErrorCode.None, "dropped")
                        : await hub.Services.CloudToDevice.CompleteAsync(s_id, message.LockToken, ServicesFixture.Cancellation);
                    if (done.IsSuccess)
                    {
                        completed.AddOrUpdate(message.SequenceNumber, 1, (_, n) => n + 1);
                    }
                }

                session?.Close(CloseReason.ConnectionLost); // What it dropped is free again.
            }
        }, ServicesFixture.Cancellation)).ToArray();
        await Task.WhenAll([sender, .. receivers]).WaitAsync(4 * TestDeadline.Default, ServicesFixture.Cancellation);
        Assert.Equal(Messages, completed.Count);
        Assert.All(completed, pair => Assert.Equal(1, pair.Value));
        Assert.Equal(0, Count(hub));
    }

    private static async Task<ServicesFixture> OpenAsync()
    {
        var hub = await ServicesFixture.OpenAsync(Hub.Telemetry.HubEventSources.None);
        await hub.CreateAsync("d1");
        return hub;
    }

    private static int Count(ServicesFixture hub) => hub.Twins.LiveState(s_id).CloudToDeviceMessages;

    private static string Body(LockedMessage? message) => Encoding.UTF8.GetString(message!.Message.Body.Span);

    private static CloudToDeviceMessage Expiring(DateTimeOffset time) => With(p => p.Add(SystemProperty.AbsoluteExpiryTime, WireTime.Format(time)));

    private static CloudToDeviceMessage With(Action<EventPropertiesWriter> properties, string body = "x")
    {
        var writer = new EventPropertiesWriter();
        properties(writer);
        return new CloudToDeviceMessage(writer.ToProperties(), Encoding.UTF8.GetBytes(body));
    }

    private static ValueTask<HubResult<long>> TrySendAsync(ServicesFixture hub, CloudToDeviceMessage message) =>
        hub.Services.CloudToDevice.SendAsync(s_id, message, ServicesFixture.Cancellation);

    private static async Task<long> SendAsync(ServicesFixture hub, string body, Action<EventPropertiesWriter>? properties = null)
    {
        var result = await TrySendAsync(hub, With(properties ?? (_ => { }), body));
        Assert.True(result.IsSuccess, result.Error?.Message);
        return result.Value;
    }

    private static ValueTask<LockedMessage?> ReceiveAsync(ServicesFixture hub, DeviceSession? session) =>
        hub.Services.CloudToDevice.ReceiveAsync(s_id, session, null, ServicesFixture.Cancellation);

    private static async Task UntilNoFeedbackAsync(ServicesFixture hub)
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        while (hub.Services.CloudToDevice.Feedback.Count > 0)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await hub.Services.CloudToDevice.Feedback.SweepAsync();
        }
    }

    // Reads what waits, and gives it back.
    private static async Task<List<JsonNode>> FeedbackAsync(ServicesFixture hub)
    {
        var feedback = hub.Services.CloudToDevice.Feedback;
        hub.Clock.Advance(TimeSpan.FromSeconds(15));
        if (await feedback.ReceiveAsync(ServicesFixture.Cancellation) is not { } held)
        {
            return [];
        }

        feedback.Release(held.LockToken);
        return [.. held.Records.Select(record => JsonNode.Parse(record.Span)!)];
    }
}
