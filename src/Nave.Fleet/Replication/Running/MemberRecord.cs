namespace Nave.Fleet.Replication.Running;

/// <summary>An instance that shares the partitions.</summary>
/// <param name="Expires">When it counts as gone unless it renews this.</param>
internal sealed record MemberRecord(DateTimeOffset Expires);
