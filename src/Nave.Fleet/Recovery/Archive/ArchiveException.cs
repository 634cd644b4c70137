namespace Nave.Fleet.Recovery.Archive;

/// <summary>An archive is damaged, cut off or no archive; the message says what was found.</summary>
public sealed class ArchiveException(string message) : IOException(message);
