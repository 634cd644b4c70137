using System.Text.Json.Serialization;

namespace Nave.Fleet.Sync.Work;

/// <summary>
/// One device that work is to be done for. There is at most one item a device, so no two workers ever have the same device, and
/// what comes while it waits or is worked on is merged into it. Format: docs/formats/sync.md.
/// </summary>
internal sealed record WorkItem
{
    /// <summary>Gets the device id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Gets what the last event said.</summary>
    public required WorkOperation Operation { get; init; }

    /// <summary>Gets what it waits for.</summary>
    public required WorkPhase Phase { get; init; }

    /// <summary>Gets how often it failed in this phase.</summary>
    public int Attempts { get; init; }

    /// <summary>Gets when the first event came.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>Gets when this phase began.</summary>
    public required DateTimeOffset PhaseSince { get; init; }

    /// <summary>Gets when it is due, in ms since 1970; while it is worked on, when its lease ends.</summary>
    public required long DueMs { get; init; }

    /// <summary>Gets how many events were merged into it: tells a worker that there is news since it began.</summary>
    public long Revision { get; init; } = 1;

    /// <summary>Gets why it failed last; <see langword="null"/> before the first failure.</summary>
    public string? Reason { get; init; }

    /// <summary>Gets where the last event came from.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>Gets the worker's mark; <see langword="null"/> while nobody works on it.</summary>
    public string? Lease { get; init; }

    /// <summary>Gets when it is due.</summary>
    [JsonIgnore]
    public DateTimeOffset Due => DateTimeOffset.FromUnixTimeMilliseconds(DueMs);
}
