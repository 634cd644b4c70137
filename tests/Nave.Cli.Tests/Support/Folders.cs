using System.Runtime.CompilerServices;

namespace Nave.Cli.Tests;

/// <summary>Where things are in the repository.</summary>
internal static class Folders
{
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", ".."));

    private static string Here([CallerFilePath] string path = "") => path;
}
