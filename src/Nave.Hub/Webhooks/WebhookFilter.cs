using Nave.Api;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Webhooks;

/// <summary>Finds in the stream what a webhook wants. Telemetry is passed over without a copy.</summary>
internal static class WebhookFilter
{
    /// <summary>Collects events of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="wanted">Which events.</param>
    /// <param name="limit">How many may be collected in all.</param>
    /// <param name="found">Where to.</param>
    /// <returns>Where the next read begins.</returns>
    public static long Collect(EventBatch batch, int partition, WebhookEvents wanted, int limit, List<WebhookEvent> found)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            var view = batch[i];
            if (found.Count >= limit)
            {
                return view.SequenceNumber;
            }

            var kind = KindOf(view);
            if ((kind & wanted) == 0)
            {
                continue;
            }

            found.Add(new WebhookEvent
            {
                Kind = kind,
                Device = view.Origin.Device,
                GenerationId = view.Origin.GenerationId,
                Time = view.Enqueued,
                Partition = partition,
                Sequence = view.SequenceNumber,
                Body = view.Body.ToArray(),
            });
        }

        return batch.NextSequence;
    }

    private static WebhookEvents KindOf(in EventView view)
    {
        var source = view.Origin.Source;
        if (source != EventSourceNames.DeviceLifecycle && source != EventSourceNames.ConnectionState)
        {
            return WebhookEvents.None;
        }

        var reader = new EventPropertiesReader(view.Properties);
        while (reader.TryRead())
        {
            if (reader.Name.SequenceEqual("opType"u8))
            {
                // As in Azure, events of identities are of devices, and those of connections of modules too.
                return reader.Value.SequenceEqual("createDeviceIdentity"u8) ? WebhookEvents.DeviceCreated
                    : reader.Value.SequenceEqual("deleteDeviceIdentity"u8) ? WebhookEvents.DeviceDeleted
                    : reader.Value.SequenceEqual("deviceConnected"u8) || reader.Value.SequenceEqual("moduleConnected"u8) ? WebhookEvents.DeviceConnected
                    : reader.Value.SequenceEqual("deviceDisconnected"u8) || reader.Value.SequenceEqual("moduleDisconnected"u8) ? WebhookEvents.DeviceDisconnected
                    : WebhookEvents.None;
            }
        }

        return WebhookEvents.None;
    }
}
