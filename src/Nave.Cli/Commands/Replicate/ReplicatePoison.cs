namespace Nave.Cli.Commands;

/// <summary>An event that was set aside, without its body.</summary>
internal sealed record ReplicatePoison(
    string Partition, long SequenceNumber, DateTimeOffset EnqueuedTime, string? DeviceId, string? ModuleId, string? OpType, string Reason);
