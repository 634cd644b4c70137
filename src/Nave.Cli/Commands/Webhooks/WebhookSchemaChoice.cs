namespace Nave.Cli.Commands;

/// <summary>How events are written for a webhook.</summary>
internal enum WebhookSchemaChoice
{
    /// <summary>Event Grid's own schema.</summary>
    EventGrid,

    /// <summary>CloudEvents 1.0.</summary>
    CloudEvents,
}
