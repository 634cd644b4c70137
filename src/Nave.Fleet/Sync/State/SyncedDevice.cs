namespace Nave.Fleet.Sync.State;

/// <summary>
/// What a sync knows of a device that it brought to, or took over on, the other side: it makes the external device the sync's own, and
/// tells which side changed since.
/// </summary>
public sealed record SyncedDevice
{
    /// <summary>Gets the key of the external device.</summary>
    public required string Key { get; init; }

    /// <summary>
    /// Gets the fingerprint of each field as both sides had it last, by name; <see langword="null"/> = the device was about to be created
    /// and nobody knows whether it was.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Fields { get; init; }

    /// <summary>Gets when that was.</summary>
    public DateTimeOffset Time { get; init; }
}
