using System.Collections.Concurrent;
using Nave.Api;

namespace Nave.Hub.Commands;

/// <summary>
/// The table of queues, which exists before the service that works on it: the twins show the counts, and the service asks the
/// twins who exists.
/// </summary>
internal sealed class DeviceQueues : IDeviceQueues
{
    private Func<IReadOnlyList<IdentityId>, CancellationToken, ValueTask>? _deleted;

    /// <summary>Gets the queues by identity; one without messages has none.</summary>
    public ConcurrentDictionary<IdentityId, MessageQueue> Table { get; } = new();

    /// <inheritdoc/>
    public int Count(IdentityId id) => Table.TryGetValue(id, out var queue) ? queue.Count : 0;

    /// <inheritdoc/>
    public ValueTask DeletedAsync(IReadOnlyList<IdentityId> ids, CancellationToken cancellationToken) =>
        _deleted is null ? ValueTask.CompletedTask : _deleted(ids, cancellationToken);

    /// <summary>Sets who removes messages; at composition.</summary>
    public void OnDeleted(Func<IReadOnlyList<IdentityId>, CancellationToken, ValueTask> deleted) => _deleted = deleted;
}
