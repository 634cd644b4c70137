namespace Nave.Fleet.Sorting;

/// <summary>
/// Sorts any number of records by key (ordinal bytes; equal keys stay in the order in which they came) in memory that does not grow with
/// them: runs of a few MiB are sorted and written to disk, then merged. What comes sorted is one run.
/// </summary>
internal sealed class ExternalSorter : IDisposable
{
    private const int DefaultArenaBytes = 4 * 1024 * 1024;

    // Beyond it runs are merged into longer ones first: with 4 MiB a run, from 256 MiB on.
    private const int MaxFanIn = 64;

    private readonly int _arenaBytes;
    private readonly List<(long Start, long End)> _runs = [];
    private SpoolFile _file = new();
    private byte[] _arena;
    private Entry[] _entries = new Entry[1024];
    private int _count;
    private int _used;
    private byte[]? _lastKey; // the greatest of the last run

    public ExternalSorter(int arenaBytes = DefaultArenaBytes)
    {
        _arenaBytes = arenaBytes;
        _arena = new byte[arenaBytes];
    }

    /// <summary>Gets the number of records.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a record.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var bytes = key.Length + value.Length;
        if (bytes > _arena.Length - _used)
        {
            WriteRun();
            if (bytes > _arena.Length)
            {
                _arena = new byte[bytes];
            }
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
        }

        key.CopyTo(_arena.AsSpan(_used));
        value.CopyTo(_arena.AsSpan(_used + key.Length));
        _entries[_count++] = new Entry(_used, key.Length, value.Length);
        _used += bytes;
        Count++;
    }

    /// <summary>Reads all records in order, once. Nothing can be added any more.</summary>
    public IEnumerable<SpoolRecord> Read()
    {
        WriteRun();
        (_arena, _entries) = ([], []);
        _file.Flush();
        while (_runs.Count > MaxFanIn)
        {
            MergeRuns();
        }

        return Merge(_file, [.. _runs]);
    }

    public void Dispose() => _file.Dispose();

    private void WriteRun()
    {
        if (_count == 0)
        {
            return;
        }

        Array.Sort(_entries, 0, _count, new EntryOrder(_arena));
        var start = _file.Length;
        foreach (var entry in _entries.AsSpan(0, _count))
        {
            SpoolRecord.Append(_file, KeyOf(_arena, entry), _arena.AsSpan(entry.Offset + entry.Key, entry.Value));
        }

        // A run that goes on where the last one ended is the same run.
        if (_lastKey is not null && _lastKey.AsSpan().SequenceCompareTo(KeyOf(_arena, _entries[0])) <= 0)
        {
            _runs[^1] = (_runs[^1].Start, _file.Length);
        }
        else
        {
            _runs.Add((start, _file.Length));
        }

        _lastKey = KeyOf(_arena, _entries[_count - 1]).ToArray();
        (_count, _used) = (0, 0);
        if (_arena.Length != _arenaBytes)
        {
            _arena = new byte[_arenaBytes];
        }
    }

    /// <summary>Makes one run of each <see cref="MaxFanIn"/>, in a new file.</summary>
    private void MergeRuns()
    {
        var merged = new SpoolFile();
        try
        {
            var runs = new List<(long Start, long End)>();
            foreach (var group in _runs.Chunk(MaxFanIn))
            {
                var start = merged.Length;
                foreach (var record in Merge(_file, group))
                {
                    SpoolRecord.Append(merged, record.Key.Span, record.Value.Span);
                }

                runs.Add((start, merged.Length));
            }

            merged.Flush();
            _runs.Clear();
            _runs.AddRange(runs);
            (_file, merged) = (merged, _file);
        }
        finally
        {
            merged.Dispose();
        }
    }

    private static IEnumerable<SpoolRecord> Merge(SpoolFile file, (long Start, long End)[] runs)
    {
        var heads = new PriorityQueue<SpoolReader, (ReadOnlyMemory<byte> Key, int Run)>(runs.Length, new HeadOrder());
        for (var i = 0; i < runs.Length; i++)
        {
            Push(heads, new SpoolReader(file, runs[i].Start, runs[i].End), i);
        }

        while (heads.TryDequeue(out var reader, out var place))
        {
            yield return reader.Current;
            Push(heads, reader, place.Run);
        }
    }

    private static void Push(PriorityQueue<SpoolReader, (ReadOnlyMemory<byte> Key, int Run)> heads, SpoolReader reader, int run)
    {
        if (reader.MoveNext())
        {
            heads.Enqueue(reader, (reader.Current.Key, run));
        }
    }

    private static ReadOnlySpan<byte> KeyOf(byte[] arena, in Entry entry) => arena.AsSpan(entry.Offset, entry.Key);

    private readonly record struct Entry(int Offset, int Key, int Value);

    private sealed class EntryOrder(byte[] arena) : IComparer<Entry>
    {
        public int Compare(Entry x, Entry y)
        {
            var order = KeyOf(arena, x).SequenceCompareTo(KeyOf(arena, y));
            return order != 0 ? order : x.Offset.CompareTo(y.Offset);
        }
    }

    private sealed class HeadOrder : IComparer<(ReadOnlyMemory<byte> Key, int Run)>
    {
        public int Compare((ReadOnlyMemory<byte> Key, int Run) x, (ReadOnlyMemory<byte> Key, int Run) y)
        {
            var order = x.Key.Span.SequenceCompareTo(y.Key.Span);
            return order != 0 ? order : x.Run.CompareTo(y.Run);
        }
    }
}
