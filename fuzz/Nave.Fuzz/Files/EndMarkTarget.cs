using Nave.Storage.Files;

namespace Nave.Fuzz.Files;

/// <summary>The mark of the end of a log.</summary>
internal sealed class EndMarkTarget() : PageTarget(
    "log-end", LogEndMark.Size, (partitions, page) => new LogEndMark(7, 1, Guid.Empty, new SegmentEnd(4096, 2, 3, Marks(partitions))).Write(page.Span))
{
    /// <inheritdoc/>
    public override bool Execute(byte[] input) => LogEndMark.TryRead(Page(input)) is not null;

    /// <inheritdoc/>
    public override void Verify(byte[] input)
    {
        // What the format gives no meaning to may differ; everything else is written as it was read.
        var read = LogEndMark.TryRead(Page(input))!;
        var again = new byte[LogEndMark.Size];
        read.Write(again);
        var reread = LogEndMark.TryRead(again);
        Check(
            reread is not null && reread with { End = read.End } == read && reread.End with { Marks = read.End.Marks } == read.End
                && reread.End.Marks.AsSpan().SequenceEqual(read.End.Marks),
            "a mark is read as it was written");
    }
}
