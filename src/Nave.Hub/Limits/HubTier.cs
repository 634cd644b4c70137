namespace Nave.Hub.Limits;

/// <summary>
/// A named tier of Azure IoT Hub with one unit. Source of every number: Azure's quotas and throttling page, text of 2019, and its
/// pricing page (daily messages and their metering).
/// </summary>
internal sealed class HubTier
{
    // Before the tiers, whose constructor uses it.
    private static readonly ThrottledOperation[] s_cloudToDevice =
    [
        ThrottledOperation.CloudToDeviceSend, ThrottledOperation.CloudToDeviceReceive, ThrottledOperation.DirectMethod,
        ThrottledOperation.TwinRead, ThrottledOperation.TwinUpdate, ThrottledOperation.JobDevice, ThrottledOperation.Configuration,
    ];

    private static readonly HubTier[] s_all =
    [
        new("unlimited", null, null, 4096, hasCloudToDevice: true),
        new("F1", Small(), 8_000, 512, hasCloudToDevice: true),
        new("B1", Small(), 400_000, 4096, hasCloudToDevice: false),
        new("B2", Medium(), 6_000_000, 4096, hasCloudToDevice: false),
        new("B3", Large(), 300_000_000, 4096, hasCloudToDevice: false),
        new("S1", Small(), 400_000, 4096, hasCloudToDevice: true),
        new("S2", Medium(), 6_000_000, 4096, hasCloudToDevice: true),
        new("S3", Large(), 300_000_000, 4096, hasCloudToDevice: true),
    ];

    private HubTier(string name, Dictionary<ThrottledOperation, RateLimit>? rates, long? dailyMessages, int meterBytes, bool hasCloudToDevice)
    {
        Name = name;
        Rates = rates;
        DailyMessages = dailyMessages;
        MeterBytes = meterBytes;
        if (rates is not null && !hasCloudToDevice)
        {
            foreach (var operation in s_cloudToDevice)
            {
                rates[operation] = RateLimit.PerSecond(0);
            }
        }
    }

    /// <summary>Gets the names of all tiers.</summary>
    public static IEnumerable<string> Names => s_all.Select(tier => tier.Name);

    public string Name { get; }

    /// <summary>Gets the rates; <see langword="null"/> = no limit.</summary>
    public IReadOnlyDictionary<ThrottledOperation, RateLimit>? Rates { get; }

    /// <summary>Gets how many messages a UTC day may have; <see langword="null"/> = no limit.</summary>
    public long? DailyMessages { get; }

    /// <summary>Gets the size, in bytes, up to which a message counts once.</summary>
    public int MeterBytes { get; }

    /// <summary>Gets how many scheduled jobs run at once. Source: Azure's quotas.</summary>
    public int ConcurrentJobs => Name switch { "F1" or "B1" or "S1" => 1, "B2" or "S2" => 5, _ => 10 };

    /// <summary>Gets how many configurations a hub may have.</summary>
    public int MaxConfigurations => Name == "F1" ? 20 : 100;

    /// <summary>Finds a tier by name, in any letter case.</summary>
    public static HubTier? Find(string name) => Array.Find(s_all, tier => tier.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static Dictionary<ThrottledOperation, RateLimit> Small() => Table(100, 100, 1000, 40, 20, 100, 50, 10);

    private static Dictionary<ThrottledOperation, RateLimit> Medium() => Table(100, 120, 1000, 120, 20, 100, 50, 10);

    private static Dictionary<ThrottledOperation, RateLimit> Large() => Table(5000, 6000, 50_000, 6000, 1000, 500, 250, 50);

    /// <summary>Builds a table; <paramref name="methods"/> is in 4 KiB a second (160 KB/s = 40).</summary>
    private static Dictionary<ThrottledOperation, RateLimit> Table(
        int registry, int sends, int receives, int methods, int queries, int twinReads, int twinUpdates, int jobDevices) => new()
    {
        [ThrottledOperation.Registry] = RateLimit.PerMinute(registry),
        [ThrottledOperation.Connection] = RateLimit.PerSecond(sends),
        [ThrottledOperation.DeviceToCloud] = RateLimit.PerSecond(sends),
        [ThrottledOperation.CloudToDeviceSend] = RateLimit.PerMinute(registry),
        [ThrottledOperation.CloudToDeviceReceive] = RateLimit.PerMinute(receives),
        [ThrottledOperation.DirectMethod] = RateLimit.PerSecond(methods),
        [ThrottledOperation.Query] = RateLimit.PerMinute(queries),
        [ThrottledOperation.TwinRead] = RateLimit.PerSecond(twinReads),
        [ThrottledOperation.TwinUpdate] = RateLimit.PerSecond(twinUpdates),
        [ThrottledOperation.FileUpload] = RateLimit.PerMinute(registry), // The same numbers: 100, 100 and 5,000.
        [ThrottledOperation.Job] = RateLimit.PerMinute(registry),
        [ThrottledOperation.JobDevice] = RateLimit.PerSecond(jobDevices),
        [ThrottledOperation.Configuration] = RateLimit.PerMinute(20),
    };
}
