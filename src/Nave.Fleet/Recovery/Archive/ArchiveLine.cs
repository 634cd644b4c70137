namespace Nave.Fleet.Recovery.Archive;

/// <summary>A line of an archive.</summary>
/// <param name="Part">The part it belongs to.</param>
/// <param name="Json">JSON without a line end, valid until the next line is asked for.</param>
public readonly record struct ArchiveLine(string Part, ReadOnlyMemory<byte> Json);
