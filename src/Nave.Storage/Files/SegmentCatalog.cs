namespace Nave.Storage.Files;

/// <summary>
/// The segments of a log in order, and the few of them that are open. The list is an immutable array that is replaced
/// whole, by the committer (which adds) or the keeper (which removes), under <c>_gate</c>.
/// </summary>
internal sealed class SegmentCatalog(SegmentFiles files, DamageReporter damage) : IDisposable
{
    // An index of a segment full of tiny chunks takes about 3 MB: this bounds what readers of old data cost.
    private const int MaxOpen = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, LinkedListNode<OpenSegment>> _open = [];
    private readonly LinkedList<OpenSegment> _byUse = new();
    private volatile Segment[] _segments = [];
    private bool _disposed;

    /// <summary>Gets the segments, oldest first; the last one is being written.</summary>
    public Segment[] Segments => _segments;

    public SegmentFiles Files => files;

    public long TotalBytes => _segments.Sum(segment => segment.FileBytes);

    /// <summary>Adds sealed segments found at start.</summary>
    public void AddSealed(IEnumerable<Segment> segments)
    {
        lock (_gate)
        {
            _segments = [.. _segments, .. segments];
        }
    }

    /// <summary>Adds the segment that is written from now on.</summary>
    public void AddActive(OpenSegment open)
    {
        lock (_gate)
        {
            _segments = [.. _segments, open.Segment];
            _open[open.Segment.Number] = _byUse.AddFirst(open);
            Trim();
        }
    }

    /// <summary>Removes the oldest segment. Who reads it now may finish.</summary>
    public void RemoveFirst()
    {
        lock (_gate)
        {
            var number = _segments[0].Number;
            _segments = _segments[1..];
            if (_open.Remove(number, out var node))
            {
                _byUse.Remove(node);
                node.Value.RemoveUser();
            }
        }
    }

    /// <summary>Gets a segment open for reading; null if retention has just removed it. Call <see cref="OpenSegment.RemoveUser"/> after use.</summary>
    public OpenSegment? Rent(Segment segment)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SegmentLog));
            if (_open.TryGetValue(segment.Number, out var node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.TryAddUser() ? node.Value : null;
            }
        }

        // Loading is outside of the lock: it reads a file, and others must not wait for that.
        if (Load(segment) is not { } loaded)
        {
            return null;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SegmentLog));
            if (_open.TryGetValue(segment.Number, out var node) || Array.IndexOf(_segments, segment) < 0)
            {
                if (node is null || !node.Value.TryAddUser())
                {
                    return loaded; // Removed meanwhile: the caller is its only user.
                }

                loaded.RemoveUser();
                return node.Value;
            }

            _ = loaded.TryAddUser();
            _open[segment.Number] = _byUse.AddFirst(loaded);
            Trim();
            return loaded;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var open in _byUse)
            {
                open.RemoveUser();
            }

            _byUse.Clear();
            _open.Clear();
        }
    }

    private void Trim()
    {
        while (_byUse.Count > MaxOpen)
        {
            var node = _byUse.Last!;
            if (node.Value.Segment.End is null)
            {
                // The active one stays; it is the only one of its kind, so the next to go is another.
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                continue;
            }

            _byUse.Remove(node);
            _open.Remove(node.Value.Segment.Number);
            node.Value.RemoveUser();
        }
    }

    private OpenSegment? Load(Segment segment)
    {
        IDiskFile file;
        try
        {
            file = files.Disk.Open(files.Segment(segment.Number), DiskOpenMode.Read);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        try
        {
            return new OpenSegment(segment, file, LoadIndex(segment, file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private SegmentIndex LoadIndex(Segment segment, IDiskFile file)
    {
        if (SegmentIndexReader.TryRead(files, segment.Number, segment.FileBytes) is { } read)
        {
            return read.Index;
        }

        damage.Report(new LogDamage(Path.GetFileName(files.Index(segment.Number)), 0, 0, "the index is missing or damaged, and was built again from the segment"));
        var scan = SegmentScan.Run(file, segment.Header);
        damage.Report(files, segment.Number, scan);
        return scan.Summarize(segment.Header).Index;
    }
}
