namespace Nave.Client;

/// <summary>What to read of an event stream, and how far ahead.</summary>
public sealed record EventReadOptions
{
    /// <summary>The group that every event stream has.</summary>
    public const string DefaultConsumerGroup = "$Default";

    /// <summary>Gets the consumer group.</summary>
    public string ConsumerGroup { get; init; } = DefaultConsumerGroup;

    /// <summary>Gets the partitions; <see langword="null"/> = all.</summary>
    public IReadOnlyList<string>? PartitionIds { get; init; }

    /// <summary>Gets where to start.</summary>
    public EventPosition Start { get; init; } = EventPosition.Latest;

    /// <summary>Gets where to start in certain partitions, in place of <see cref="Start"/>: what a checkpoint says.</summary>
    public IReadOnlyDictionary<string, EventPosition>? Starts { get; init; }

    /// <summary>
    /// Gets the owner level (epoch): a reader with one is the only one of its partition and group, and takes it from whoever has it with the
    /// same level or less. <see langword="null"/> = read beside others (5 at most).
    /// </summary>
    public long? OwnerLevel { get; init; }

    /// <summary>Gets how many events of each partition are asked for ahead of the reader: 1 to 10,000. Origin of 2,000: a round trip of a fast hub.</summary>
    public int Prefetch { get; init; } = 2_000;

    /// <summary>
    /// Gets how many bytes of events of each partition wait for the reader, about: fewer are asked for ahead as events are larger. At least one
    /// event is.
    /// </summary>
    public int PrefetchBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Gets a value indicating whether reading ends at what was the newest event when it began, partition after partition; otherwise it
    /// follows, all partitions at once.
    /// </summary>
    public bool UntilEnd { get; init; }

    /// <exception cref="ArgumentException">Names each setting that is out of range.</exception>
    internal void Validate()
    {
        var problems = new List<string>();
        if (string.IsNullOrEmpty(ConsumerGroup) || ConsumerGroup.Contains('/', StringComparison.Ordinal))
        {
            problems.Add($"ConsumerGroup is '{ConsumerGroup}'; a name without a slash is permitted.");
        }

        if (Prefetch is < 1 or > 10_000)
        {
            problems.Add($"Prefetch is {Prefetch}; permitted are 1 to 10,000.");
        }

        if (PrefetchBytes < 1)
        {
            problems.Add($"PrefetchBytes is {PrefetchBytes}; permitted are 1 and more.");
        }

        if (OwnerLevel < 0)
        {
            problems.Add($"OwnerLevel is {OwnerLevel}; permitted are 0 and more.");
        }

        if (PartitionIds is { Count: 0 })
        {
            problems.Add("PartitionIds is empty; at least one partition, or null for all, is permitted.");
        }

        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems));
        }
    }
}
