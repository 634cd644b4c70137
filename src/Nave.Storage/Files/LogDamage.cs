namespace Nave.Storage.Files;

/// <summary>A place in the log that does not hold what was written there.</summary>
/// <param name="File">The name of the file, without its folder.</param>
/// <param name="Position">Where the damage begins, in bytes from the start of the file.</param>
/// <param name="Length">About how many bytes are lost; 0 if records are missing between two good places.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record LogDamage(string File, long Position, long Length, string Reason);
