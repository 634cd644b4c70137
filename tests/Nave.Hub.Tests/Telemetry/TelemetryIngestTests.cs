using Nave.Api;
using Nave.Hub.Security;
using Nave.Hub.Telemetry;
using Nave.Storage;

namespace Nave.Hub.Tests.Telemetry;

public sealed class TelemetryIngestTests
{
    private static readonly DevicePrincipal s_device = new(new IdentityId("d1"), "637", "{\"scope\":\"device\"}", null);
    private static readonly DevicePrincipal s_module = new(new IdentityId("d1", "m1"), "638", "{\"scope\":\"module\"}", null);

    [Fact]
    public async Task An_event_is_read_as_it_was_sent()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        using var appender = hub.Services.Telemetry.CreateAppender();
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.ContentType, "application/json");
        properties.Add("alert", "ja");
        var observer = new Outcomes();
        Assert.Equal(AppendOutcome.Staged, Append(hub, appender, s_device, properties.Written, "{\"t\":21.50}"u8, observer, 7));
        Assert.Equal(AppendOutcome.Staged, Append(hub, appender, s_module, default, default, observer, 8));

        var events = await hub.ReadEventsAsync(2);
        Assert.Equal([(7L, true), (8L, true)], observer.Told);
        var first = Assert.Single(events, e => e.SequenceNumber == 0);
        Assert.Equal("Telemetry", first.Source);
        Assert.Equal(s_device.Id, first.Device);
        Assert.Equal("637", first.GenerationId);
        Assert.Equal("{\"scope\":\"device\"}", first.AuthMethod);
        Assert.Equal("application/json", first.Properties[SystemProperty.ContentType]);
        Assert.Equal("ja", first.Properties["alert"]);
        Assert.Equal("{\"t\":21.50}", ServicesFixture.Text(first.Body));
        var second = Assert.Single(events, e => e.SequenceNumber == 1);
        Assert.Equal(first.Partition, second.Partition);
        Assert.Equal(s_module.Id, second.Device);
        Assert.True(second.Body.IsEmpty);
        Assert.Empty(second.Properties);
    }

    [Fact]
    public async Task The_limit_counts_body_names_and_values_and_nothing_else()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        using var appender = hub.Services.Telemetry.CreateAppender();
        var properties = new EventPropertiesWriter();
        properties.Add("name", "value");
        properties.Add(SystemProperty.MessageId, "id");
        var largest = new byte[TelemetryIngest.MaxEventBytes - 4 - 5 - 2];
        Assert.Equal(AppendOutcome.Staged, Append(hub, appender, s_device, properties.Written, largest));
        Assert.Equal(AppendOutcome.TooLarge, Append(hub, appender, s_device, properties.Written, new byte[largest.Length + 1]));
        var stored = Assert.Single(await hub.ReadEventsAsync(1));
        Assert.Equal(largest.Length, stored.Body.Length);
    }

    [Fact]
    public async Task Properties_that_fill_the_limit_alone_are_taken()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        using var appender = hub.Services.Telemetry.CreateAppender();
        var properties = new EventPropertiesWriter();
        properties.Add("n", new string('x', TelemetryIngest.MaxEventBytes - 1));
        Assert.Equal(AppendOutcome.Staged, Append(hub, appender, s_device, properties.Written, default));
        Assert.Equal(TelemetryIngest.MaxEventBytes - 1, Assert.Single(await hub.ReadEventsAsync(1)).Properties["n"]!.Length);
    }

    [Fact]
    public async Task Staging_an_event_allocates_nothing()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        using var appender = new Nowhere();
        var properties = new EventPropertiesWriter();
        properties.Add(SystemProperty.ContentType, "application/json");
        var body = new byte[256];
        Append(hub, appender, s_device, properties.Written, body);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Append(hub, appender, s_device, properties.Written, body);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(101, appender.Count);
    }

    [Fact]
    public async Task A_throttled_device_is_told_to_wait()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        var ingest = new TelemetryIngest(hub.Log, new Never());
        using var appender = ingest.CreateAppender();
        Assert.Equal(AppendOutcome.Throttled, ingest.TryAppend(appender, s_device, new EventDraft { Body = "x"u8 }, null, 0));
    }

    [Fact]
    public async Task A_reader_goes_on_where_it_was_after_a_restart()
    {
        await using var hub = await ServicesFixture.OpenAsync();
        var partition = PartitionHash.ToPartition(s_device.EventHeader.Hash, hub.Log.PartitionCount);
        using (var appender = hub.Services.Telemetry.CreateAppender())
        {
            for (var i = 0; i < 10; i++)
            {
                Append(hub, appender, s_device, default, new[] { (byte)i });
            }

            await hub.Services.Events.WaitForAsync(partition, 9, ServicesFixture.Cancellation);
        }

        await hub.RestartAsync();
        var rest = await hub.Services.Events.ReadAsync(partition, 4, 1 << 20, ServicesFixture.Cancellation);
        Assert.Equal([4, 5, 6, 7, 8, 9], rest.Select(e => e.Body.Span[0]));
        Assert.Equal(4, hub.Services.Events.FindByOffset(partition, rest[0].Offset));
        Assert.Equal(0, hub.Services.Events.FindByTime(partition, DateTimeOffset.MinValue));
        Assert.Empty(await hub.Services.Events.ReadAsync(partition, 10, 1 << 20, ServicesFixture.Cancellation));
    }

    [Fact]
    public void A_principal_that_is_copied_with_another_id_has_another_header()
    {
        var first = s_device.EventHeader;
        var other = s_device with { Id = new IdentityId("d2") };
        Assert.NotEqual(first.Bytes.ToArray(), other.EventHeader.Bytes.ToArray());
        Assert.Same(first, s_device.EventHeader);
        Assert.Equal(s_device, s_device with { });
    }

    private static AppendOutcome Append(
        ServicesFixture hub, ILogAppender appender, DevicePrincipal device, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> body, IAppendObserver? observer = null, long token = 0) =>
        hub.Services.Telemetry.TryAppend(appender, device, new EventDraft { Properties = properties, Body = body }, observer, token);

    private sealed class Outcomes : IAppendObserver
    {
        private readonly Lock _lock = new();
        private readonly List<(long Token, bool Durable)> _told = [];

        public IReadOnlyList<(long Token, bool Durable)> Told
        {
            get
            {
                lock (_lock)
                {
                    return [.. _told];
                }
            }
        }

        public void Appended(long token, bool durable)
        {
            lock (_lock)
            {
                _told.Add((token, durable));
            }
        }
    }

    // What the log itself takes is the log's business: this counts the call.
    private sealed class Nowhere : ILogAppender
    {
        public int Count { get; private set; }

        public bool Available => true;

        public bool TryAppend(int partition, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, IAppendObserver? observer, long token)
        {
            Count++;
            return true;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Never : ITelemetryThrottle
    {
        public bool TryTake(DevicePrincipal device, int bytes) => false;
    }
}
