namespace Nave.Storage.Tests.Sqlite.Disks;

internal enum DiskStepKind
{
    Opened,
    Written,
    Truncated,
    Synced,
    Deleted,
    Acknowledged,
}
