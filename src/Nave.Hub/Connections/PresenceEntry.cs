namespace Nave.Hub.Connections;

/// <summary>What <see cref="ConnectionTracker"/> knows of one identity; guarded by the entry's own lock.</summary>
internal sealed class PresenceEntry
{
    public Lock Lock { get; } = new();

    public string GenerationId { get; set; } = "";

    public bool Connected { get; set; }

    public long Epoch { get; set; }

    public long ChangedTicks { get; set; }

    public long ActivityTicks { get; set; }

    public CloseReason? Reason { get; set; }

    public string? Protocol { get; set; }

    public DeviceFeatures Persistent { get; set; }

    /// <summary>Gets or sets a value indicating whether it is in the queue of those to be written.</summary>
    public bool Dirty { get; set; }

    /// <summary>Gets or sets what the store, and so the last event, says of <see cref="Connected"/>.</summary>
    public bool StoredConnected { get; set; }

    /// <summary>Begins anew for another life of the id.</summary>
    public void Reset(string generationId)
    {
        GenerationId = generationId;
        Connected = StoredConnected = false;
        ChangedTicks = ActivityTicks = 0;
        Reason = null;
        Protocol = null;
        Persistent = DeviceFeatures.None;
    }

    public ConnectionRecord ToRecord() => new(GenerationId)
    {
        Connected = Connected,
        ChangedTicks = ChangedTicks,
        ActivityTicks = ActivityTicks,
        Reason = Reason,
        Protocol = Protocol,
        Persistent = Persistent,
    };
}
