namespace Nave.Storage.Files;

/// <summary>The segment that is written to. Used by the commit thread only.</summary>
internal sealed class ActiveSegment(
    OpenSegment open, long position, SegmentCatalog catalog, SegmentFactory factory, LogKeeper keeper, TimeSpan maxAge)
{
    private OpenSegment _open = open;

    public SegmentHeader Header => _open.Segment.Header;

    public IDiskFile File => _open.File;

    public SegmentIndex Index => _open.Index;

    /// <summary>Gets where the next chunk goes.</summary>
    public long Position { get; private set; } = position;

    /// <summary>Says whether a commit of this size has to go into the next segment.</summary>
    public bool MustRotate(long bytes, long nowMs)
    {
        if (Position + bytes > _open.Segment.FileBytes)
        {
            return true;
        }

        // By age only when that costs no waiting, and never an empty one.
        var old = Position > SegmentHeader.Size && nowMs - Header.CreatedMs > maxAge.TotalMilliseconds;
        if (old)
        {
            keeper.WantSpare();
        }

        return old && keeper.HasSpare;
    }

    /// <summary>Seals the segment and goes on in the next. Its header becomes durable with the next commit.</summary>
    public void Rotate(SegmentEnd end)
    {
        var (file, number) = keeper.TakeSpare();
        var header = factory.NewHeader(number, Header.LogId, end);
        SegmentFactory.WriteHeader(file, header);
        var next = new OpenSegment(new Segment(header, file.Length), file, new SegmentIndex(header.Base.Length));
        var sealedOne = _open;
        sealedOne.Segment.End = end;
        _ = sealedOne.TryAddUser(); // for the keeper; it cannot fail, as the catalog uses it too
        _open = next;
        Position = SegmentHeader.Size;
        catalog.AddActive(next);
        keeper.Sealed(sealedOne);
    }

    /// <summary>Moves on behind a commit that is durable.</summary>
    public void Advance(long bytes)
    {
        Position += bytes;
        if (Position > _open.Segment.FileBytes / 4)
        {
            keeper.WantSpare();
        }
    }
}
