using Nave.Storage.Files;

namespace Nave.Fuzz.Files;

/// <summary>The header of a segment.</summary>
internal sealed class SegmentHeaderTarget() : PageTarget(
    "log-header", SegmentHeader.Size, (partitions, page) => new SegmentHeader(7, 1, Guid.Empty, 1, 2, 3, Marks(partitions)).Write(page.Span))
{
    /// <inheritdoc/>
    public override bool Execute(byte[] input) => SegmentHeader.TryRead(Page(input)) is not null;

    /// <inheritdoc/>
    public override void Verify(byte[] input)
    {
        // What the format gives no meaning to may differ; everything else is written as it was read.
        var read = SegmentHeader.TryRead(Page(input))!;
        var again = new byte[SegmentHeader.Size];
        read.Write(again);
        var reread = SegmentHeader.TryRead(again);
        Check(reread is not null && reread with { Base = read.Base } == read && reread.Base.AsSpan().SequenceEqual(read.Base), "a header is read as it was written");
    }
}
