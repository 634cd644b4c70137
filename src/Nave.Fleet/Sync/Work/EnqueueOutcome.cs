namespace Nave.Fleet.Sync.Work;

/// <summary>What became of a request for work.</summary>
internal enum EnqueueOutcome
{
    /// <summary>There is a new item; it is durable.</summary>
    Added,

    /// <summary>The device's item knows of it; that is durable.</summary>
    Merged,

    /// <summary>The queue is full: whoever has the event must keep it and come again.</summary>
    Full,
}
