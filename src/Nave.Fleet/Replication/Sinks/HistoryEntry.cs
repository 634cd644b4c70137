using Nave.Api;

namespace Nave.Fleet.Replication.Sinks;

/// <summary>One value that changed. Id, generation, version, path and operation together are unique: a repeated write changes nothing.</summary>
/// <param name="Key">Whose twin.</param>
/// <param name="GenerationId">Which life; empty if not known.</param>
/// <param name="Version">The twin's version afterwards.</param>
/// <param name="Path">Such as <c>desired.interval.seconds</c>, or <c>deleted</c>.</param>
/// <param name="Old">The value before; undefined if there was none.</param>
/// <param name="New">The value afterwards; undefined if there is none.</param>
/// <param name="Operation">What changed it.</param>
/// <param name="Time">When, by the hub's clock.</param>
public sealed record HistoryEntry(
    IdentityId Key, string GenerationId, long Version, string Path, RawJson Old, RawJson New, string Operation, DateTimeOffset Time);
