namespace Nave.Crash.Tests.Checking;

/// <summary>
/// Remembers which event was seen in which place, before and after each crash: places have no gap, and one that was seen means the
/// same event for ever. Thread-safe.
/// </summary>
internal sealed class EventWitness
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, List<(int Fingerprint, long Offset)>> _partitions = [];
    private readonly List<Violation> _violations = [];

    /// <summary>Gets what was broken so far.</summary>
    public IReadOnlyList<Violation> Violations
    {
        get
        {
            lock (_gate)
            {
                return [.. _violations];
            }
        }
    }

    /// <summary>Gets the sequence number after the last that was seen.</summary>
    public long NextOf(int partition)
    {
        lock (_gate)
        {
            return _partitions.TryGetValue(partition, out var seen) ? seen.Count : 0;
        }
    }

    /// <summary>Takes note that a partition ends before what was seen in it.</summary>
    public void Missing(int partition, long end)
    {
        lock (_gate)
        {
            _violations.Add(new Violation(
                ViolationKind.MovedEvent, $"partition {partition}", $"it ends at {end}, and {_partitions[partition].Count - 1} was seen"));
        }
    }

    /// <summary>Takes note of an event.</summary>
    public void Saw(StoredLine line)
    {
        lock (_gate)
        {
            if (!_partitions.TryGetValue(line.Partition, out var seen))
            {
                _partitions.Add(line.Partition, seen = []);
            }

            var key = $"partition {line.Partition}";
            if (line.SequenceNumber > seen.Count || line.SequenceNumber < 0)
            {
                _violations.Add(new Violation(ViolationKind.SequenceGap, key, $"{line.SequenceNumber} came where {seen.Count} was next", [line.ToString()]));
                return;
            }

            if (line.SequenceNumber < seen.Count)
            {
                if (seen[(int)line.SequenceNumber] != (line.Fingerprint, line.Offset))
                {
                    _violations.Add(new Violation(
                        ViolationKind.MovedEvent,
                        key,
                        $"{line.SequenceNumber} was seen as another event, with offset {seen[(int)line.SequenceNumber].Offset}",
                        [line.ToString()]));
                }

                return;
            }

            if (seen.Count > 0 && line.Offset <= seen[^1].Offset)
            {
                _violations.Add(new Violation(
                    ViolationKind.OffsetOrder, key, $"offset {line.Offset} of {line.SequenceNumber} follows offset {seen[^1].Offset}", [line.ToString()]));
            }

            seen.Add((line.Fingerprint, line.Offset));
        }
    }
}
