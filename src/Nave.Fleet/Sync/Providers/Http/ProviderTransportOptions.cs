namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>How a provider calls its registry.</summary>
internal sealed record ProviderTransportOptions
{
    /// <summary>Gets how long one attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the most calls a second; <see langword="null"/> = any number.</summary>
    public double? CallsPerSecond { get; init; }

    /// <summary>Gets how many calls may be under way at the same time.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>Gets a PEM file with the authorities to trust in place of the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>Gets how often a call that may be repeated is repeated before it counts as failed.</summary>
    public int MaxRetries { get; init; } = 4;

    /// <summary>Gets the first wait before a repetition; it doubles.</summary>
    public TimeSpan FirstRetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets the longest wait; a registry that asks for a longer one gets no repetition, and its wish goes to the caller.</summary>
    public TimeSpan LongestRetryDelay { get; init; } = TimeSpan.FromSeconds(60);
}
