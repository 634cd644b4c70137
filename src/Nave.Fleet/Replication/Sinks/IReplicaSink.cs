using Nave.Api;

namespace Nave.Fleet.Replication.Sinks;

/// <summary>
/// A target of replication. Thread-safe. Every call throws <see cref="SinkUnavailableException"/> when it may succeed later and
/// <see cref="SinkRefusedException"/> when the target does not take the data.
/// </summary>
public interface IReplicaSink : IAsyncDisposable
{
    /// <summary>Gets what it is, for people; never a credential.</summary>
    string Description { get; }

    /// <summary>Gets a value indicating whether it keeps numbers as doubles.</summary>
    bool KeepsNumbersAsDoubles { get; }

    /// <summary>Opens it and makes what is missing in it. Called once, before anything else.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Gets the documents of some ids, tombstones too; ids without one are left out.</summary>
    Task<IReadOnlyList<StoredDocument>> LoadAsync(IReadOnlyCollection<IdentityId> keys, CancellationToken cancellationToken);

    /// <summary>Gets the documents of all modules of some devices, without tombstones.</summary>
    Task<IReadOnlyList<StoredDocument>> LoadModulesAsync(IReadOnlyCollection<string> deviceIds, CancellationToken cancellationToken);

    /// <summary>Reads all documents without tombstones in batches, in no certain order; what changes meanwhile may be seen or not.</summary>
    IAsyncEnumerable<IReadOnlyList<StoredDocument>> ReadAllAsync(CancellationToken cancellationToken);

    /// <summary>Writes.</summary>
    Task<SinkOutcome> WriteAsync(SinkWrite write, CancellationToken cancellationToken);

    /// <summary>Gets the control records whose names begin so.</summary>
    Task<IReadOnlyList<ControlRecord>> ReadControlAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Counts the documents: those without tombstone, and tombstones.</summary>
    Task<(long Live, long Deleted)> CountAsync(CancellationToken cancellationToken);

    /// <summary>Gets the events that were set aside, the newest first.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How many there are in all, and those.</returns>
    Task<(long Count, IReadOnlyList<PoisonEvent> Newest)> ReadPoisonAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Gets the history of a twin, the oldest first.</summary>
    Task<IReadOnlyList<HistoryEntry>> ReadHistoryAsync(IdentityId key, CancellationToken cancellationToken);
}
