namespace Nave.Fleet.Sync.Work;

/// <summary>How an attempt ended.</summary>
internal enum WorkVerdict
{
    /// <summary>There is nothing left to do.</summary>
    Done,

    /// <summary>The same may work later.</summary>
    Retry,

    /// <summary>The same will fail again, whenever it is tried.</summary>
    Permanent,
}
