namespace Nave.Hub.Webhooks;

/// <summary>How events are written.</summary>
public enum WebhookSchema
{
    /// <summary>Event Grid's own: an array of one event.</summary>
    EventGrid,

    /// <summary>CloudEvents 1.0, structured: one event.</summary>
    CloudEvents,
}
