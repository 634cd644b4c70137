namespace Nave.Storage.Files;

/// <summary>The chunks of one partition in one segment, in order. One writer, many readers.</summary>
internal sealed class ChunkList
{
    private readonly Lock _gate = new();
    private ChunkEntry[] _entries = [];
    private int _count;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    public void Add(in ChunkEntry entry)
    {
        lock (_gate)
        {
            if (_count == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Max(8, _count * 2));
            }

            _entries[_count++] = entry;
        }
    }

    /// <summary>Gets what is there now. Entries never change, so the view stays good while more are added.</summary>
    public ReadOnlySpan<ChunkEntry> Snapshot()
    {
        lock (_gate)
        {
            return _entries.AsSpan(0, _count);
        }
    }

    /// <summary>Finds the last chunk that begins at or before a sequence number; -1 if all begin later.</summary>
    public static int FindSequence(ReadOnlySpan<ChunkEntry> entries, long sequence)
    {
        var (low, high) = (0, entries.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = entries[middle].Sequence <= sequence ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    /// <summary>Finds the last chunk that begins at or before an offset; -1 if all begin later.</summary>
    public static int FindOffset(ReadOnlySpan<ChunkEntry> entries, long offset)
    {
        var (low, high) = (0, entries.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = entries[middle].Offset <= offset ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    /// <summary>Finds the first chunk with a record at or after a time; the number of entries if there is none.</summary>
    public static int FindTime(ReadOnlySpan<ChunkEntry> entries, long enqueuedMs)
    {
        var (low, high) = (0, entries.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = entries[middle].MaxEnqueuedMs < enqueuedMs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
