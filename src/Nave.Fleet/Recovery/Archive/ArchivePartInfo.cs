namespace Nave.Fleet.Recovery.Archive;

/// <summary>One part of an archive.</summary>
/// <param name="Name">Its name (<see cref="ArchivePart"/>).</param>
/// <param name="Lines">The number of lines.</param>
/// <param name="Bytes">Their bytes, line ends included.</param>
/// <param name="Sha256">SHA-256 of these bytes, in lower-case hexadecimal.</param>
public sealed record ArchivePartInfo(string Name, long Lines, long Bytes, string Sha256);
