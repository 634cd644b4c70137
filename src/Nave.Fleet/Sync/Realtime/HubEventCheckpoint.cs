namespace Nave.Fleet.Sync.Realtime;

/// <summary>Up to where a partition's events are in the queue. Format: docs/formats/sync.md.</summary>
internal sealed record HubEventCheckpoint
{
    /// <summary>Gets the event stream: its name and when it was made, for another of the same name has other offsets.</summary>
    public required string Stream { get; init; }

    /// <summary>Gets the offset of the last event; <see langword="null"/> = the partition was empty when reading began.</summary>
    public string? Offset { get; init; }

    /// <summary>Gets when the hub took the last event; before the first, when reading began.</summary>
    public required DateTimeOffset Time { get; init; }
}
