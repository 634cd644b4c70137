namespace Nave.Client;

/// <summary>What became of a message to a device. Source: wire facts 7.2.3.</summary>
public sealed record FeedbackRecord
{
    /// <summary>Gets the message's id.</summary>
    public string? OriginalMessageId { get; init; }

    /// <summary>Gets when it came to this end.</summary>
    public DateTimeOffset EnqueuedTimeUtc { get; init; }

    /// <summary>Gets the end: <c>Success</c>, <c>Expired</c>, <c>DeliveryCountExceeded</c>, <c>Rejected</c> or <c>Purged</c>.</summary>
    public string? StatusCode { get; init; }

    /// <summary>Gets the end in words.</summary>
    public string? Description { get; init; }

    /// <summary>Gets the device.</summary>
    public string? DeviceId { get; init; }

    /// <summary>Gets which life of the device id it was.</summary>
    public string? DeviceGenerationId { get; init; }
}
