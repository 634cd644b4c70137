namespace Nave.Fleet.Recovery;

/// <summary>What became of one event of a drill. Times are ticks of UTC; 0 = it did not happen.</summary>
internal sealed class DrillMessage
{
    private long _acknowledged;
    private long _read;

    public required long Sent { get; init; }

    /// <summary>Gets when its acknowledgement came.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Gets which hub acknowledged it: 0 or 1; -1 = none.</summary>
    public int AcknowledgedBy { get; private set; } = -1;

    /// <summary>Gets when a reader had it first.</summary>
    public long Read => Volatile.Read(ref _read);

    /// <summary>Gets which hub's reader had it first: 0 or 1; -1 = none.</summary>
    public int ReadFrom { get; private set; } = -1;

    /// <summary>Gets or sets how often it was found in both streams at the end.</summary>
    public int Found { get; set; }

    public void NoteAcknowledged(long now, int hub)
    {
        AcknowledgedBy = hub;
        Volatile.Write(ref _acknowledged, now);
    }

    public void NoteRead(long now, int hub)
    {
        if (Read == 0)
        {
            ReadFrom = hub;
            Volatile.Write(ref _read, now);
        }
    }
}
