namespace Nave.Storage.Files;

/// <summary>Settings of a <see cref="SegmentLog"/>.</summary>
/// <param name="Directory">The folder of the log, with nothing else in it; made if it is not there.</param>
public sealed record SegmentLogOptions(string Directory)
{
    /// <summary>Gets the number of partitions of a new log, 1 to 32; an existing log keeps its own. Azure's default is 4.</summary>
    public int PartitionCount { get; init; } = 4;

    /// <summary>
    /// Gets the size of a segment file, in bytes, 256 KiB to 2 GiB. 64 MiB is zero-filled in about 50 ms and gives retention
    /// a fine enough grain.
    /// </summary>
    public long SegmentBytes { get; init; } = 64 << 20;

    /// <summary>Gets the age at which a segment is closed though it is not full, so that retention by age can take it.</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Gets how many bytes one appender may stage before it is told to wait; 64 KiB to a quarter of a segment.</summary>
    public int StagingBytes { get; init; } = 16 << 20;

    /// <summary>
    /// Gets the least time from the start of one small commit to the start of the next, 0 to 1 s. 1 ms makes a sparse fleet
    /// cost at most 1,000 syncs a second and keeps the acknowledgement within about 2 ms; a record after a pause is
    /// committed at once whatever this is.
    /// </summary>
    public TimeSpan MinCommitInterval { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Gets how many staged bytes make a commit start at once. A sync of 64 KiB takes hardly longer than one of 1 KiB.</summary>
    public int SmallCommitBytes { get; init; } = 64 << 10;

    /// <summary>Gets the age after which records may be removed; <see langword="null"/> = never. Azure keeps 1 to 7 days.</summary>
    public TimeSpan? RetentionAge { get; init; }

    /// <summary>Gets the size of the log above which the oldest segments are removed; <see langword="null"/> = no limit.</summary>
    public long? RetentionBytes { get; init; }

    /// <summary>Gets the bytes to leave free on the volume: a new segment that would eat into them is refused. For the state store and the logs of the host.</summary>
    public long ReserveBytes { get; init; } = 64 << 20;

    /// <summary>Gets how often retention runs, and how often a full disk is looked at again.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets the longest that closing waits for the last commit.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Lists everything that is wrong with these settings; empty if nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        Check(!string.IsNullOrWhiteSpace(Directory), "Directory is empty; it must name a folder.");
        Check(PartitionCount is >= 1 and <= SegmentHeader.MaxPartitions, $"PartitionCount is {PartitionCount}; 1 to {SegmentHeader.MaxPartitions} is permitted.");
        Check(SegmentBytes is >= 256 << 10 and <= 2L << 30 && SegmentBytes % SegmentHeader.Size == 0, $"SegmentBytes is {SegmentBytes}; a multiple of {SegmentHeader.Size} from 256 KiB to 2 GiB is permitted.");
        Check(SegmentAge > TimeSpan.Zero, $"SegmentAge is {SegmentAge}; it must be positive.");
        Check(StagingBytes >= 64 << 10 && StagingBytes <= SegmentBytes / 4, $"StagingBytes is {StagingBytes}; 64 KiB to a quarter of SegmentBytes ({SegmentBytes / 4}) is permitted.");
        Check(MinCommitInterval >= TimeSpan.Zero && MinCommitInterval <= TimeSpan.FromSeconds(1), $"MinCommitInterval is {MinCommitInterval}; 0 to 1 s is permitted.");
        Check(SmallCommitBytes >= 0, $"SmallCommitBytes is {SmallCommitBytes}; it must not be negative.");
        Check(RetentionAge is null || RetentionAge > TimeSpan.Zero, $"RetentionAge is {RetentionAge}; it must be positive, or null for ever.");
        Check(RetentionBytes is null || RetentionBytes >= SegmentBytes, $"RetentionBytes is {RetentionBytes}; at least SegmentBytes ({SegmentBytes}) is needed, or null for no limit.");
        Check(ReserveBytes >= 0, $"ReserveBytes is {ReserveBytes}; it must not be negative.");
        Check(CheckInterval > TimeSpan.Zero && CheckInterval <= TimeSpan.FromSeconds(5), $"CheckInterval is {CheckInterval}; above 0 to 5 s is permitted.");
        Check(CloseTimeout > TimeSpan.Zero, $"CloseTimeout is {CloseTimeout}; it must be positive.");
        return problems;

        void Check(bool good, string problem)
        {
            if (!good)
            {
                problems.Add(problem);
            }
        }
    }
}
