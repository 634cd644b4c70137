namespace Nave.Storage;

/// <summary>Stages records of one producer until the next group commit. Thread-safe; order of calls is order in the log.</summary>
public interface ILogAppender : IDisposable
{
    /// <summary>Stages one record, <paramref name="head"/> then <paramref name="body"/>, both copied before the call returns.</summary>
    /// <param name="partition">The partition, 0 to <see cref="IEventLog.PartitionCount"/> - 1.</param>
    /// <param name="head">The first part of the record.</param>
    /// <param name="body">The second part of the record.</param>
    /// <param name="observer">Told of the outcome, on the commit thread, in order; <see langword="null"/> if nobody waits.</param>
    /// <param name="token">Handed back to <paramref name="observer"/>.</param>
    /// <returns>
    /// <see langword="false"/> if the staging area is full or the log is unavailable (see <see cref="Available"/>): nothing
    /// was staged. Try again after the next batch has completed.
    /// </returns>
    bool TryAppend(int partition, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, IAppendObserver? observer, long token);

    /// <summary>Gets a value indicating whether the log takes writes: false while the disk is full or once it has failed.</summary>
    bool Available { get; }
}
