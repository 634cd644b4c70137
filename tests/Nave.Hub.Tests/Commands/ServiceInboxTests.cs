using System.Text;
using System.Text.Json.Nodes;
using Nave.Api;
using Nave.Hub.Commands;
using Nave.Hub.Telemetry;
using Nave.Storage;
using Nave.Testing;

namespace Nave.Hub.Tests.Commands;

/// <summary>What services read under locks: feedback in batches, file notifications one by one.</summary>
public sealed class ServiceInboxTests
{
    [Fact]
    public async Task A_file_notification_is_handed_out_alone_and_has_all_that_Azure_says()
    {
        await using var hub = await OpenAsync();
        await NotifyAsync(hub, "a");
        await NotifyAsync(hub, "b");
        var files = hub.Services.FileNotifications.Queue;
        var held = await ReceiveAsync(files);
        var json = JsonNode.Parse(Assert.Single(held!.Records).Span)!;
        Assert.Equal("d1", (string?)json["deviceId"]);
        Assert.Equal("https://blobs.test/c/d1/a", (string?)json["blobUri"]);
        Assert.Equal("d1/a", (string?)json["blobName"]);
        Assert.Equal(42, (long)json["blobSizeInBytes"]!);
        Assert.True(WireTime.TryParse((string)json["lastUpdatedTime"]!, out _));
        Assert.Equal(hub.Clock.GetUtcNow(), held.Enqueued);
        Assert.Contains("/b", Text(await ReceiveAsync(files)), StringComparison.Ordinal);
        Assert.Null(await ReceiveAsync(files));
    }

    [Fact]
    public async Task What_is_completed_or_rejected_is_gone_for_good_and_the_rest_is_free_after_a_restart()
    {
        await using var hub = await OpenAsync();
        foreach (var name in (string[])["a", "b", "c"])
        {
            await NotifyAsync(hub, name);
        }

        var files = hub.Services.FileNotifications.Queue;
        Assert.True((await files.CompleteAsync((await ReceiveAsync(files))!.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        Assert.True((await files.RejectAsync((await ReceiveAsync(files))!.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        Assert.NotNull(await ReceiveAsync(files));
        await hub.RestartAsync();
        files = hub.Services.FileNotifications.Queue;
        Assert.Equal(1, files.Count);
        Assert.Contains("/c", Text(await ReceiveAsync(files)), StringComparison.Ordinal);

        // Numbers are not used again, though what had them is gone.
        await NotifyAsync(hub, "d");
        Assert.Contains("/d", Text(await ReceiveAsync(files)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_lapses_after_a_minute_and_then_settles_nothing()
    {
        await using var hub = await OpenAsync();
        await NotifyAsync(hub, "a");
        var files = hub.Services.FileNotifications.Queue;
        var held = await ReceiveAsync(files);
        hub.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Null(await ReceiveAsync(files));
        hub.Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var settle in (Func<Guid, CancellationToken, ValueTask<HubResult<bool>>>[])[files.CompleteAsync, files.RejectAsync, files.AbandonAsync])
        {
            Assert.Equal(HubErrorCode.DeviceMessageLockLost, (await settle(held!.LockToken, ServicesFixture.Cancellation)).Error?.Code);
        }

        var again = await ReceiveAsync(files);
        Assert.Equal(0, again!.DeliveryCount);
        Assert.True((await files.CompleteAsync(again.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal(HubErrorCode.DeviceMessageLockLost, (await files.CompleteAsync(again.LockToken, ServicesFixture.Cancellation)).Error?.Code);
    }

    [Fact]
    public async Task A_notification_that_was_abandoned_a_hundred_times_is_dropped()
    {
        await using var hub = await OpenAsync();
        await NotifyAsync(hub, "a");
        var files = hub.Services.FileNotifications.Queue;
        for (var i = 0; i < 100; i++)
        {
            var held = await ReceiveAsync(files);
            Assert.Equal(i, held!.DeliveryCount);
            Assert.True((await files.AbandonAsync(held.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        }

        Assert.Null(await ReceiveAsync(files));
        Assert.Equal(0, files.Count);
        await hub.RestartAsync();
        Assert.Equal(0, hub.Services.FileNotifications.Queue.Count);
    }

    [Fact]
    public async Task A_receiver_that_goes_gives_back_without_a_count()
    {
        await using var hub = await OpenAsync();
        await NotifyAsync(hub, "a");
        var files = hub.Services.FileNotifications.Queue;
        files.Release((await ReceiveAsync(files))!.LockToken);
        Assert.Equal(0, (await ReceiveAsync(files))!.DeliveryCount);
        files.Release(Guid.NewGuid());
    }

    [Fact]
    public async Task Feedback_goes_out_at_once_after_a_pause_and_then_every_15_seconds_or_64_records()
    {
        await using var hub = await OpenAsync();
        var feedback = hub.Services.CloudToDevice.Feedback;
        await FinishAsync(hub, 1);
        Assert.Single((await ReceiveAsync(feedback))!.Records);
        await FinishAsync(hub, 63);
        Assert.Null(await ReceiveAsync(feedback));
        await FinishAsync(hub, 1);
        var batch = await ReceiveAsync(feedback);
        Assert.Equal(64, batch!.Records.Count);
        Assert.Equal(64, JsonNode.Parse(batch.ToJsonArray().Span)!.AsArray().Count);
        await FinishAsync(hub, 65);
        Assert.Equal(64, (await ReceiveAsync(feedback))!.Records.Count);
        Assert.Null(await ReceiveAsync(feedback));
        hub.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Single((await ReceiveAsync(feedback))!.Records);
    }

    [Fact]
    public async Task An_observer_is_told_when_there_is_something_and_when_a_batch_or_a_lock_is_due()
    {
        await using var hub = await OpenAsync();
        var feedback = hub.Services.CloudToDevice.Feedback;
        var told = 0;
        using var observation = feedback.Observe(() => Interlocked.Increment(ref told));
        Assert.Equal(0, told);
        await FinishAsync(hub, 1);
        Assert.Equal(1, told);
        await ReceiveAsync(feedback);
        await FinishAsync(hub, 1);
        Assert.Equal(1, told);

        // The sweep, which the same clock drives, may tell once more.
        hub.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.True(told >= 2, "A batch is due.");
        await ReceiveAsync(feedback);
        var before = Volatile.Read(ref told);
        hub.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.True(Volatile.Read(ref told) > before, "A lapsed lock is told.");
    }

    [Fact]
    public async Task An_observer_that_went_is_told_nothing()
    {
        await using var hub = await OpenAsync();
        var told = 0;
        hub.Services.CloudToDevice.Feedback.Observe(() => Interlocked.Increment(ref told)).Dispose();
        await FinishAsync(hub, 1);
        Assert.Equal(0, told);
    }

    [Fact]
    public async Task Feedback_of_a_deleted_device_is_dropped_even_from_a_receiver_that_holds_it()
    {
        await using var hub = await OpenAsync();
        await hub.CreateAsync("d2");
        var feedback = hub.Services.CloudToDevice.Feedback;
        await FinishAsync(hub, 2);
        await FinishAsync(hub, 1, "d2");
        var held = await ReceiveAsync(feedback);
        Assert.Equal(3, held!.Records.Count);
        await FinishAsync(hub, 1);
        await hub.DeleteAsync("d1");
        await hub.Services.Queues.DeletedAsync([new IdentityId("d1")], ServicesFixture.Cancellation);
        Assert.Equal(1, feedback.Count);
        Assert.True((await feedback.AbandonAsync(held.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        hub.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Contains("\"d2\"", Text(await ReceiveAsync(feedback)), StringComparison.Ordinal);
        await hub.RestartAsync();
        Assert.Equal(1, hub.Services.CloudToDevice.Feedback.Count);
    }

    [Fact]
    public async Task What_the_store_does_not_take_is_still_held()
    {
        await using var hub = await OpenAsync();
        await NotifyAsync(hub, "a");
        var files = hub.Services.FileNotifications.Queue;
        var held = await ReceiveAsync(files);
        hub.Faults.IsFull = true;
        await Assert.ThrowsAsync<StorageUnavailableException>(() => files.CompleteAsync(held!.LockToken, ServicesFixture.Cancellation).AsTask());
        await Assert.ThrowsAsync<StorageUnavailableException>(() => NotifyAsync(hub, "b"));
        Assert.Null(await ReceiveAsync(files));
        hub.Faults.IsFull = false;
        Assert.True((await files.CompleteAsync(held!.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        Assert.Equal(0, files.Count);
    }

    [Fact]
    public async Task Nobody_gets_what_is_older_than_an_hour()
    {
        await using var hub = await OpenAsync();
        await NotifyAsync(hub, "a");
        var files = hub.Services.FileNotifications.Queue;
        hub.Clock.Advance(TimeSpan.FromMinutes(30));
        await NotifyAsync(hub, "b");
        hub.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Contains("/b", Text(await ReceiveAsync(files)), StringComparison.Ordinal);
        await TestDeadline.UntilAsync(() => files.Count == 1, "the old one is swept");
    }

    [Fact]
    public async Task Many_receivers_complete_each_notification_once()
    {
        await using var hub = await OpenAsync();
        const int Count = 200;
        for (var i = 0; i < Count; i++)
        {
            await NotifyAsync(hub, $"f{i:D3}");
        }

        var files = hub.Services.FileNotifications.Queue;
        var seen = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (await ReceiveAsync(files) is { } held)
            {
                var settled = random.Next(4) == 0
                    ? await files.AbandonAsync(held.LockToken, ServicesFixture.Cancellation)
                    : await CompleteAsync(held);
                Assert.True(settled.IsSuccess);
            }
        }, ServicesFixture.Cancellation))).WaitAsync(TestDeadline.Default, ServicesFixture.Cancellation);
        Assert.Equal(Count, seen.Count);
        Assert.Equal(Count, seen.Distinct().Count());

        async ValueTask<HubResult<bool>> CompleteAsync(LockedRecords held)
        {
            seen.Add(Text(held));
            return await files.CompleteAsync(held.LockToken, ServicesFixture.Cancellation);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("""{"deviceId":1}""")]
    public void A_damaged_feedback_record_is_called_so(string json) =>
        Assert.Throws<InvalidDataException>(() => FeedbackRecords.DeviceOf(Encoding.UTF8.GetBytes(json)));

    private static async Task<ServicesFixture> OpenAsync()
    {
        var hub = await ServicesFixture.OpenAsync(HubEventSources.None);
        await hub.CreateAsync("d1");
        return hub;
    }

    private static ValueTask<LockedRecords?> ReceiveAsync(ServiceInbox queue) => queue.ReceiveAsync(ServicesFixture.Cancellation);

    private static string Text(LockedRecords? held) => Encoding.UTF8.GetString(held!.ToJsonArray().Span);

    private static Task NotifyAsync(ServicesFixture hub, string name) => hub.Services.FileNotifications.EnqueueAsync(
        new FileNotification("d1", new Uri($"https://blobs.test/c/d1/{name}"), $"d1/{name}", hub.Clock.GetUtcNow(), 42), ServicesFixture.Cancellation).AsTask();

    // Sends messages and completes them, so that there is feedback.
    private static async Task FinishAsync(ServicesFixture hub, int count, string deviceId = "d1")
    {
        var id = new IdentityId(deviceId);
        var service = hub.Services.CloudToDevice;
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.Ack, "full");
        for (var i = 0; i < count; i++)
        {
            Assert.True((await service.SendAsync(id, new CloudToDeviceMessage(properties.ToProperties(), default), ServicesFixture.Cancellation)).IsSuccess);
            var held = await service.ReceiveAsync(id, null, null, ServicesFixture.Cancellation);
            Assert.True((await service.CompleteAsync(id, held!.LockToken, ServicesFixture.Cancellation)).IsSuccess);
        }
    }
}
