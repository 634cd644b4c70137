namespace Nave.Fleet.Recovery;

/// <summary>What a switch was to one device: when its sending and the reading of its events stopped and resumed. What did not happen is <see langword="null"/>.</summary>
public sealed record DrillClient
{
    /// <summary>Gets the device id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets when the last acknowledgement came before the first of the other hub.</summary>
    public DateTimeOffset? SendingStopped { get; init; }

    /// <summary>Gets when the first acknowledgement of the other hub came.</summary>
    public DateTimeOffset? SendingResumed { get; init; }

    /// <summary>Gets when a reader had the device's last event before the first from the other hub.</summary>
    public DateTimeOffset? ReadingStopped { get; init; }

    /// <summary>Gets when a reader had the device's first event from the other hub.</summary>
    public DateTimeOffset? ReadingResumed { get; init; }

    /// <summary>Gets how many events waited in the device when it was connected again.</summary>
    public int Waited { get; init; }
}
