using Nave.Api;

namespace Nave.Fleet.Replication.Sinks;

/// <summary>What replication keeps in the target beside documents: leases with their checkpoints, members, the state of the full read.</summary>
/// <param name="Key">Its name: characters from space to <c>~</c>, at most 400.</param>
/// <param name="Value">A JSON object.</param>
/// <param name="Token">What changes with each write of it; opaque.</param>
public sealed record ControlRecord(string Key, RawJson Value, string Token);
