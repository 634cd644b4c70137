namespace Nave.Hub.Webhooks;

/// <summary>An event that was not delivered at the first attempt, as it is stored.</summary>
internal sealed record PendingDelivery
{
    /// <summary>Gets the event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets its type.</summary>
    public required string Type { get; init; }

    /// <summary>Gets its subject.</summary>
    public required string Subject { get; init; }

    /// <summary>Gets when it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Gets what is sent.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Gets from when its 24 hours count.</summary>
    public required DateTimeOffset Begun { get; init; }

    /// <summary>Gets how often it was tried.</summary>
    public int Attempts { get; init; }

    /// <summary>Gets when it is tried again.</summary>
    public DateTimeOffset Next { get; init; }
}
