using Nave.Storage.Files;
using Nave.Testing;
using Nave.Testing.Disks;

namespace Nave.Storage.Tests.Files;

/// <summary>A small log on a fault disk.</summary>
internal static class LogFixture
{
    public const string Folder = "/log";
    public const string FirstSegment = "/log/000000000001.seg";

    public const string EndMark = "/log/end";

    public static SegmentLogOptions Options { get; } = new(Folder)
    {
        PartitionCount = 4,
        SegmentBytes = 256 << 10,
        StagingBytes = 64 << 10,
        ReserveBytes = 0,
        MinCommitInterval = TimeSpan.Zero,
    };

    public static Task<SegmentLog> OpenAsync(this FaultDisk disk, Func<SegmentLogOptions, SegmentLogOptions>? change = null, ManualClock? clock = null) =>
        SegmentLog.OpenAsync(change?.Invoke(Options) ?? Options, disk, clock);
}
