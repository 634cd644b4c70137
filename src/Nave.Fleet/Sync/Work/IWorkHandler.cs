namespace Nave.Fleet.Sync.Work;

/// <summary>Does the work of one item. It may be called again for work that is done: the process may have died before it was written down.</summary>
internal interface IWorkHandler
{
    /// <summary>Tries once. An exception other than of the cancellation counts as one that may not happen again.</summary>
    Task<WorkResult> RunAsync(WorkItem item, CancellationToken cancellationToken);
}
