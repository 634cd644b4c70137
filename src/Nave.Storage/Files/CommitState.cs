namespace Nave.Storage.Files;

/// <summary>Whether the log takes writes.</summary>
internal enum CommitState
{
    /// <summary>It does.</summary>
    Open,

    /// <summary>The disk is full; it comes back by itself.</summary>
    Full,

    /// <summary>A write or a sync has failed; only opening the log again, which reads back what is there, helps.</summary>
    Failed,

    /// <summary>It is being closed, or is closed.</summary>
    Closed,
}
