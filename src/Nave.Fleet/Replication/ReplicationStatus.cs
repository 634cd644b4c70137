using Nave.Client;
using Nave.Fleet.Replication.Running;
using Nave.Fleet.Replication.Sinks;

namespace Nave.Fleet.Replication;

/// <summary>How a replication stands, as its target and its hub say.</summary>
public sealed record ReplicationStatus
{
    /// <summary>Gets how many documents there are, without tombstones.</summary>
    public required long Documents { get; init; }

    /// <summary>Gets how many tombstones there are.</summary>
    public required long Deleted { get; init; }

    /// <summary>Gets when the last full read was complete; <see langword="null"/> = never.</summary>
    public required DateTimeOffset? Bootstrapped { get; init; }

    /// <summary>Gets the instances that live.</summary>
    public required IReadOnlyList<string> Instances { get; init; }

    /// <summary>Gets the partitions.</summary>
    public required IReadOnlyList<PartitionStatus> Partitions { get; init; }

    /// <summary>Gets how many events were set aside.</summary>
    public required long PoisonCount { get; init; }

    /// <summary>Gets the newest of them.</summary>
    public required IReadOnlyList<PoisonEvent> Poison { get; init; }

    /// <summary>Gets how many events are not in the target yet.</summary>
    public long LagEvents => Partitions.Sum(partition => partition.LagEvents);

    /// <summary>Gets how far the target is behind, in s: the oldest of its partitions; 0 if none waits.</summary>
    public double LagSeconds => Partitions.Count == 0 ? 0 : Partitions.Max(partition => partition.LagSeconds);

    /// <summary>Looks.</summary>
    /// <param name="options">The replication.</param>
    /// <param name="events">The hub's event stream.</param>
    /// <param name="sink">The target; opened.</param>
    /// <param name="poison">How many of the events that were set aside are wanted at most.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="AmqpPeerException">The stream refuses, or cannot be reached.</exception>
    public static async Task<ReplicationStatus> ReadAsync(
        ReplicationOptions options, EventsClient events, IReplicaSink sink, int poison, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(sink);
        var now = time.GetUtcNow();
        var records = (await sink.ReadControlAsync(options.Scope, cancellationToken).ConfigureAwait(false)).ToDictionary(record => record.Key[options.Scope.Length..]);
        var partitions = new List<PartitionStatus>();
        foreach (var id in (await events.GetPropertiesAsync(cancellationToken).ConfigureAwait(false)).PartitionIds)
        {
            var end = await events.GetPartitionPropertiesAsync(id, cancellationToken).ConfigureAwait(false);
            partitions.Add(PartitionOf(end, records.TryGetValue($"partition/{id}", out var found) ? RecordJson.Read(found.Value, RecordJson.Default.PartitionRecord) : null, now));
        }

        var (live, deleted) = await sink.CountAsync(cancellationToken).ConfigureAwait(false);
        var (count, newest) = await sink.ReadPoisonAsync(poison, cancellationToken).ConfigureAwait(false);
        return new ReplicationStatus
        {
            Documents = live,
            Deleted = deleted,
            Bootstrapped = records.TryGetValue("bootstrap", out var bootstrap) ? RecordJson.Read(bootstrap.Value, RecordJson.Default.BootstrapRecord).Finished : null,
            Instances = [.. records.Where(record => record.Key.StartsWith("instance/", StringComparison.Ordinal))
                .Where(record => RecordJson.Read(record.Value.Value, RecordJson.Default.MemberRecord).Expires > now)
                .Select(record => record.Key["instance/".Length..]).Order(StringComparer.Ordinal)],
            Partitions = partitions,
            PoisonCount = count,
            Poison = newest,
        };
    }

    private static PartitionStatus PartitionOf(PartitionProperties end, PartitionRecord? record, DateTimeOffset now)
    {
        var sequence = record?.Sequence ?? -1;
        var waiting = end.IsEmpty ? 0 : Math.Max(0, end.LastEnqueuedSequenceNumber - Math.Max(sequence, end.BeginSequenceNumber - 1));
        return new PartitionStatus(
            end.Id,
            record?.Expires > now ? record.Owner : null,
            record?.Epoch ?? 0,
            sequence,
            end.LastEnqueuedSequenceNumber,
            waiting,
            waiting > 0 && record?.Enqueued is { } enqueued ? Math.Max(0, Math.Round((now - enqueued).TotalSeconds, 3)) : 0,
            record?.Written);
    }
}
