using Nave.Storage.Files;
using Nave.Testing;
using Nave.Testing.EventLogs;

namespace Nave.Storage.Tests.Files;

public sealed class SegmentLogContractTests : EventLogContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override async Task<IEventLog> OpenAsync(int partitionCount) => await SegmentLog.OpenAsync(
        new SegmentLogOptions(_folder.Path) { PartitionCount = partitionCount, SegmentBytes = 1 << 20, StagingBytes = 256 << 10, ReserveBytes = 0 },
        timeProvider: Clock);
}
