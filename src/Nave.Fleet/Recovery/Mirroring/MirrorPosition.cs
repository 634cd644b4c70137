namespace Nave.Fleet.Recovery;

/// <summary>How far a partition of the source's event stream was applied.</summary>
/// <param name="SequenceNumber">The last event that was; -1 = none.</param>
/// <param name="Enqueued">When the source took it.</param>
internal sealed record MirrorPosition(long SequenceNumber, DateTimeOffset Enqueued);
