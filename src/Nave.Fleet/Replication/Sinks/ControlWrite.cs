using Nave.Api;

namespace Nave.Fleet.Replication.Sinks;

/// <summary>A control record to be written.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">A JSON object; undefined = the record is removed.</param>
/// <param name="Expected">The token that it has to have; <see langword="null"/> = there is none of that name yet.</param>
public sealed record ControlWrite(string Key, RawJson Value, string? Expected);
