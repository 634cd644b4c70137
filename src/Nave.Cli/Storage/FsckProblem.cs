namespace Nave.Cli.Storage;

/// <summary>Something that is wrong with a file.</summary>
/// <param name="File">The file's full path.</param>
/// <param name="Position">Where it begins, in bytes; <see langword="null"/> where the file has no such order.</param>
/// <param name="Length">About how many bytes are lost; <see langword="null"/> if that is not known.</param>
/// <param name="Reason">What is wrong.</param>
internal sealed record FsckProblem(string File, long? Position, long? Length, string Reason);
