namespace Nave.Hub.Jobs;

/// <summary>What became of one device of a scheduled job.</summary>
internal enum DeviceJobState
{
    /// <summary>It waits.</summary>
    Pending,

    /// <summary>It is done.</summary>
    Completed,

    /// <summary>It could not be done.</summary>
    Failed,

    /// <summary>The job was cancelled before.</summary>
    Canceled,
}
