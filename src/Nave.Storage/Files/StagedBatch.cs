using System.Numerics;

namespace Nave.Storage.Files;

/// <summary>What one appender has staged for one commit: records by partition, and who waits for them. Not thread-safe.</summary>
internal sealed class StagedBatch
{
    /// <summary>What a record counts for beside its own bytes: its prefix and its entry here.</summary>
    public const int RecordCost = 32;

    private readonly BlockPool _pool;
    private readonly StagingLane?[] _lanes;
    private (IAppendObserver? Observer, long Token)[] _waiting = new (IAppendObserver?, long)[64];
    private int _count;

    public StagedBatch(BlockPool pool, int partitions)
    {
        _pool = pool;
        _lanes = new StagingLane?[partitions];
    }

    /// <summary>Gets the number of records.</summary>
    public int Count => _count;

    /// <summary>Gets what the records count for against the staging limit, in bytes.</summary>
    public int Cost { get; private set; }

    /// <summary>Gets which partitions have records, one bit each.</summary>
    public uint Partitions { get; private set; }

    /// <summary>Gets the highest outbox sequence among the records, 0 if none.</summary>
    public long OutboxSequence { get; private set; }

    public StagingLane Lane(int partition) => _lanes[partition]!;

    public void Add(int partition, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, IAppendObserver? observer, long token, long outboxSequence)
    {
        var lane = _lanes[partition] ??= new StagingLane(_pool);
        lane.Add(head, body);
        if (_count == _waiting.Length)
        {
            Array.Resize(ref _waiting, _count * 2);
        }

        _waiting[_count++] = (observer, token);
        Partitions |= 1u << partition;
        Cost += head.Length + body.Length + RecordCost;
        OutboxSequence = Math.Max(OutboxSequence, outboxSequence);
    }

    /// <summary>Closes the pieces of all lanes, before they are read.</summary>
    public void Seal()
    {
        for (var left = Partitions; left != 0; left &= left - 1)
        {
            _lanes[BitOperations.TrailingZeroCount(left)]!.Seal();
        }
    }

    /// <summary>Tells every observer, in the order of the calls that staged the records. One that throws does not keep it from the others.</summary>
    public void Notify(bool durable, Action<Exception> observerThrew)
    {
        for (var i = 0; i < _count;)
        {
            try
            {
                while (i < _count)
                {
                    var (observer, token) = _waiting[i++];
                    observer?.Appended(token, durable);
                }
            }
            catch (Exception e)
            {
                observerThrew(e);
            }
        }
    }

    public void Clear()
    {
        for (var left = Partitions; left != 0; left &= left - 1)
        {
            _lanes[BitOperations.TrailingZeroCount(left)]!.Clear();
        }

        _waiting.AsSpan(0, _count).Clear();
        _count = 0;
        Cost = 0;
        Partitions = 0;
        OutboxSequence = 0;
    }
}
