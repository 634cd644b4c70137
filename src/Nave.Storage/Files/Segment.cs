namespace Nave.Storage.Files;

/// <summary>One file of the log, as everybody sees it: who it is, where it begins and, once it is sealed, where it ends.</summary>
internal sealed class Segment(SegmentHeader header, long fileBytes)
{
    private SegmentEnd? _end;

    public SegmentHeader Header { get; } = header;

    public long Number => Header.Number;

    /// <summary>Gets the bytes that the file takes.</summary>
    public long FileBytes { get; } = fileBytes;

    /// <summary>Gets where it ends; null while it is written to.</summary>
    public SegmentEnd? End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }
}
