using Nave.Api;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Hub.Tests.Telemetry;

public sealed class EventPositionTests
{
    private static readonly EventHeader s_header = EventHeader.Create(EventSource.Telemetry, new IdentityId("d1"), "1", string.Empty);

    [Fact]
    public async Task Every_position_begins_where_it_says()
    {
        await using var hub = await OpenAsync(6);
        var events = await hub.Services.Events.ReadAsync(0, 0, 1 << 20, ServicesFixture.Cancellation);
        var offset = events[3].Offset;
        var time = events[3].Enqueued.ToUnixTimeMilliseconds();
        Assert.Equal(0, At(hub, EventPosition.Earliest));
        Assert.Equal(6, At(hub, EventPosition.Latest));
        Assert.Equal(0, At(hub, new EventPosition(EventPositionKind.Offset, -1)));
        Assert.Equal(4, At(hub, new EventPosition(EventPositionKind.Offset, offset)));
        Assert.Equal(3, At(hub, new EventPosition(EventPositionKind.Offset, offset, IsInclusive: true)));
        Assert.Equal(6, At(hub, new EventPosition(EventPositionKind.Offset, events[5].Offset)));
        Assert.Equal(4, At(hub, new EventPosition(EventPositionKind.SequenceNumber, 3)));
        Assert.Equal(3, At(hub, new EventPosition(EventPositionKind.SequenceNumber, 3, IsInclusive: true)));
        Assert.Equal(6, At(hub, new EventPosition(EventPositionKind.SequenceNumber, 5)));
        Assert.Equal(6, At(hub, new EventPosition(EventPositionKind.SequenceNumber, 6, IsInclusive: true)));
        Assert.Equal(0, At(hub, new EventPosition(EventPositionKind.SequenceNumber, -1)));
        Assert.True(At(hub, new EventPosition(EventPositionKind.Enqueued, time, IsInclusive: true)) <= 3);
        Assert.True(At(hub, new EventPosition(EventPositionKind.Enqueued, time)) > 3);
        Assert.Equal(0, At(hub, new EventPosition(EventPositionKind.Enqueued, long.MinValue)));
        Assert.Equal(6, At(hub, new EventPosition(EventPositionKind.Enqueued, long.MaxValue - 1)));
    }

    [Fact]
    public async Task A_place_behind_the_end_is_refused_as_it_has_no_meaning_yet()
    {
        await using var hub = await OpenAsync(2);
        var last = hub.Services.Events.GetState(0).LastOffset;
        foreach (var position in (EventPosition[])
            [
                new(EventPositionKind.Offset, last + 1), new(EventPositionKind.Offset, last + 2, true), new(EventPositionKind.Offset, long.MaxValue),
                new(EventPositionKind.SequenceNumber, 2), new(EventPositionKind.SequenceNumber, 3, true), new(EventPositionKind.SequenceNumber, long.MaxValue),
            ])
        {
            var refused = hub.Services.Events.Resolve(0, position);
            Assert.Equal(HubErrorCode.ArgumentInvalid, refused.Error?.Code);
            Assert.Contains($"'{position.Value}'", refused.Error!.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, hub.Services.Events.Resolve(1, new EventPosition(EventPositionKind.Offset, 0, true)).Value);
        Assert.Equal(0, hub.Services.Events.Resolve(1, new EventPosition(EventPositionKind.SequenceNumber, 0, true)).Value);
    }

    [Fact]
    public async Task A_batch_shows_events_as_they_were_stored_without_copying_them()
    {
        await using var hub = await OpenAsync(3);
        using var batch = await hub.Services.Events.ReadBatchAsync(0, 1, 1 << 20, ServicesFixture.Cancellation);
        Assert.Equal((2, 3L), (batch.Count, batch.NextSequence));
        var copies = await hub.Services.Events.ReadAsync(0, 1, 1 << 20, ServicesFixture.Cancellation);
        for (var i = 0; i < batch.Count; i++)
        {
            var view = batch[i];
            Assert.Equal(copies[i].SequenceNumber, view.SequenceNumber);
            Assert.Equal(copies[i].Offset, view.Offset);
            Assert.Equal(copies[i].Enqueued, view.Enqueued);
            Assert.Equal("d1", view.Origin.Device.DeviceId);
            Assert.Equal("Telemetry", view.Origin.Source);
            Assert.True(view.Body.SequenceEqual(copies[i].Body.Span));
            Assert.True(view.Properties.SequenceEqual(copies[i].Properties.Encoded.Span));
        }

        using var end = await hub.Services.Events.ReadBatchAsync(0, 3, 1 << 20, ServicesFixture.Cancellation);
        Assert.Equal((0, 3L), (end.Count, end.NextSequence));
    }

    private static long At(ServicesFixture hub, EventPosition position)
    {
        var start = hub.Services.Events.Resolve(0, position);
        Assert.True(start.IsSuccess, start.Error?.Message);
        return start.Value;
    }

    private static async Task<ServicesFixture> OpenAsync(int count)
    {
        var hub = await ServicesFixture.OpenAsync(HubEventSources.None);
        for (var i = 1; i <= count; i++)
        {
            var record = EventRecord.Encode(s_header, default, System.Text.Encoding.UTF8.GetBytes($"e{i}"));
            await hub.Log.AppendOutboxAsync([new OutboxRecord(i, 0, record)], ServicesFixture.Cancellation);
        }

        return hub;
    }
}
