using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Sync.Configuration;

/// <summary>The section <c>realtime</c>: how changes of a hub that is the master are heard of.</summary>
public sealed record RealtimeSettings
{
    /// <summary>
    /// Gets whether the hub's own lifecycle and twin-change events are read; <see langword="null"/> = if the hub is the master and no
    /// webhook is set up.
    /// </summary>
    public bool? Events { get; init; }

    /// <summary>Gets the consumer group, which should be the sync's own. Default <c>$Default</c>.</summary>
    public string ConsumerGroup { get; init; } = EventReadOptions.DefaultConsumerGroup;

    /// <summary>Gets the event hub; <see langword="null"/> = the hub is asked where its events are. Secret.</summary>
    public EventHubConnectionString? EventHub { get; init; }

    /// <summary>Gets where AMQP goes, if not to the name and port of the event hub.</summary>
    public ClientEndpoint Endpoint { get; init; } = new();

    /// <summary>Gets whether AMQP goes over a WebSocket, for networks that let nothing but port 443 out.</summary>
    public bool OverWebSocket { get; init; }
}
