namespace Nave.Fleet.Recovery.Archive;

/// <summary>What became of an identity between two archives.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="ModuleId">The module, or <see langword="null"/>.</param>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Parts">What was changed: <c>identity</c>, <c>tags</c>, <c>desired</c>, <c>reported</c>.</param>
public sealed record ArchiveChange(string DeviceId, string? ModuleId, string Change, IReadOnlyList<string> Parts);
