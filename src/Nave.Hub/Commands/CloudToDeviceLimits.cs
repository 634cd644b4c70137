namespace Nave.Hub.Commands;

/// <summary>Limits of cloud-to-device messages. Source: wire facts 7.1, 16.4.</summary>
internal static class CloudToDeviceLimits
{
    /// <summary>Messages that one identity may have waiting.</summary>
    public const int MaxQueueDepth = 50;

    /// <summary>The largest message, properties included.</summary>
    public const int MaxMessageBytes = 64 * 1024;

    /// <summary>A message that was abandoned this often ends.</summary>
    public const int MaxDeliveryCount = 10;

    /// <summary>Messages of all identities together: what waits is indexed in memory, about 200 bytes each. Ours; Azure has none.</summary>
    public const long MaxHubMessages = 2_000_000;

    /// <summary>How much content of waiting messages is kept in memory; the rest is read when it is received.</summary>
    public const long MaxCachedBytes = 64L * 1024 * 1024;

    /// <summary>Gets how long a message lives that does not say.</summary>
    public static TimeSpan DefaultTimeToLive { get; } = TimeSpan.FromHours(1);

    /// <summary>Gets how long a message may live.</summary>
    public static TimeSpan MaxTimeToLive { get; } = TimeSpan.FromDays(2);

    /// <summary>Gets how long a lock by time lasts that does not say.</summary>
    public static TimeSpan DefaultLock { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets how often expired messages are looked for.</summary>
    public static TimeSpan SweepInterval { get; } = TimeSpan.FromSeconds(15);
}
