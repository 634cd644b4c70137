using System.Globalization;
using System.Runtime.CompilerServices;
using Nave.Api;
using Nave.Storage;

namespace Nave.Hub.Telemetry;

/// <summary>
/// Encodes the events that a hub makes itself (wire facts 14): twin changes, identity lifecycle, connection state.
/// Those that belong to a state change go through the outbox of the same transaction. Thread-safe.
/// </summary>
internal sealed class HubEvents
{
    private static readonly string[] s_topics = [.. Enumerable.Range(0, 256).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    [ThreadStatic]
    private static EventPropertiesWriter? s_properties;

    private readonly string _hubName;
    private readonly int _partitions;
    private readonly HubEventSources _sources;
    private long _correlation;

    /// <summary>Initializes a new instance of the <see cref="HubEvents"/> class.</summary>
    /// <param name="hubName">The hub's short name.</param>
    /// <param name="partitions">How many partitions the log has.</param>
    /// <param name="sources">Which events go to the stream; others are not made.</param>
    public HubEvents(string hubName, int partitions, HubEventSources sources)
    {
        _hubName = hubName;
        _partitions = partitions;
        _sources = sources;
        _correlation = Random.Shared.NextInt64();
    }

    /// <summary>Tells whether events of a source are wanted at all.</summary>
    public bool Wants(HubEventSources source) => (_sources & source) != 0;

    /// <summary>Chooses the partition of an event.</summary>
    public int PartitionOf(EventHeader header) => PartitionHash.ToPartition(header.Hash, _partitions);

    /// <summary>Makes the outbox entry of an event; its topic is the partition.</summary>
    public StateOutboxWrite Entry(EventHeader header, HubEventKind kind, IdentityId id, DateTimeOffset time, ReadOnlySpan<byte> body) =>
        new(s_topics[PartitionOf(header)], Encode(header, kind, id, time, body));

    /// <summary>Adds an event to a transaction's outbox.</summary>
    public void Publish(StateTransaction transaction, EventHeader header, HubEventKind kind, IdentityId id, DateTimeOffset time, ReadOnlySpan<byte> body)
    {
        var entry = Entry(header, kind, id, time, body);
        transaction.Publish(entry.Topic, entry.Body);
    }

    /// <summary>Encodes an event as it is stored.</summary>
    /// <param name="header">Source and identity.</param>
    /// <param name="kind">What happened.</param>
    /// <param name="id">To whom.</param>
    /// <param name="time">When.</param>
    /// <param name="body">The JSON body.</param>
    public byte[] Encode(EventHeader header, HubEventKind kind, IdentityId id, DateTimeOffset time, ReadOnlySpan<byte> body)
    {
        var properties = s_properties ??= new EventPropertiesWriter();
        properties.Clear();
        properties.Add(SystemProperty.ContentType, "application/json"u8);
        properties.Add(SystemProperty.ContentEncoding, "utf-8"u8);
        Span<char> text = stackalloc char[32];
        Interlocked.Increment(ref _correlation).TryFormat(text, out var length, "x16", CultureInfo.InvariantCulture);
        properties.Add(SystemProperty.CorrelationId, text[..length]);
        properties.Add(SystemProperty.UserId, _hubName);
        properties.Add("hubName", _hubName);
        properties.Add("deviceId", id.DeviceId);
        if (id.ModuleId is not null)
        {
            properties.Add("moduleId", id.ModuleId);
        }

        time.UtcDateTime.TryFormat(text, out length, "o", CultureInfo.InvariantCulture);
        properties.Add("operationTimestamp", text[..length]);
        properties.Add("iothub-message-schema"u8, SchemaOf(kind));
        properties.Add("opType"u8, OperationOf(kind, id.IsModule));
        return EventRecord.Encode(header, properties.Written, body);
    }

    private static ReadOnlySpan<byte> SchemaOf(HubEventKind kind) => kind switch
    {
        HubEventKind.TwinUpdated or HubEventKind.TwinReplaced => "twinChangeNotification"u8,
        HubEventKind.IdentityCreated or HubEventKind.IdentityDeleted => "deviceLifecycleNotification"u8,
        HubEventKind.Connected or HubEventKind.Disconnected => "deviceConnectionStateNotification"u8,
        _ => throw new SwitchExpressionException(kind),
    };

    private static ReadOnlySpan<byte> OperationOf(HubEventKind kind, bool isModule) => kind switch
    {
        HubEventKind.TwinUpdated => "updateTwin"u8,
        HubEventKind.TwinReplaced => "replaceTwin"u8,
        HubEventKind.IdentityCreated => isModule ? "createModuleIdentity"u8 : "createDeviceIdentity"u8,
        HubEventKind.IdentityDeleted => isModule ? "deleteModuleIdentity"u8 : "deleteDeviceIdentity"u8,
        HubEventKind.Connected => isModule ? "moduleConnected"u8 : "deviceConnected"u8,
        HubEventKind.Disconnected => isModule ? "moduleDisconnected"u8 : "deviceDisconnected"u8,
        _ => throw new SwitchExpressionException(kind),
    };
}
