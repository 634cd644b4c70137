namespace Nave.Fleet.Recovery.Archive;

/// <summary>An encrypted file is damaged, cut off, or locked with another key.</summary>
internal sealed class AgeException(string message) : IOException(message);
