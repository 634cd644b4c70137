namespace Nave.Hub.Commands;

/// <summary>What distinguishes the queues from which services read: feedback and file notifications. Source: wire facts 7.2.4, 7.3.2.</summary>
internal sealed record ServiceInboxSettings
{
    /// <summary>Gets the settings of feedback: up to 64 records are handed out together, as soon as there are as many or 15 s after the last ones.</summary>
    public static ServiceInboxSettings Feedback { get; } = new()
    {
        Collection = "c2d-feedback",
        MaxBatch = 64,
        BatchDelay = TimeSpan.FromSeconds(15),
        MaxDeliveryCount = 10,
    };

    /// <summary>Gets the settings of file notifications: each is handed out by itself, at once.</summary>
    public static ServiceInboxSettings FileNotifications { get; } = new()
    {
        Collection = "file-notifications",
        MaxBatch = 1,
        BatchDelay = TimeSpan.Zero,
        MaxDeliveryCount = 100,
    };

    /// <summary>Gets the collection of the state store: key = sequence number, body = ticks (8 bytes, little-endian) and the JSON.</summary>
    public required string Collection { get; init; }

    /// <summary>Gets the most records that are handed out together.</summary>
    public required int MaxBatch { get; init; }

    /// <summary>Gets how long fewer than <see cref="MaxBatch"/> records wait after the last ones were handed out.</summary>
    public required TimeSpan BatchDelay { get; init; }

    /// <summary>Gets after how many abandoned deliveries a record is dropped.</summary>
    public required int MaxDeliveryCount { get; init; }

    /// <summary>Gets how long a record waits before it is dropped. Azure's default for both.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets how long a receiver holds what it was handed. Azure's default for both.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets how many records may wait; the oldest are dropped first. About 200 bytes each in memory. Ours; Azure names none.</summary>
    public int MaxRecords { get; init; } = 100_000;
}
