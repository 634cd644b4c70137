namespace Nave.Crash.Tests;

/// <summary>Makes a hub break its promises, to see that the suite finds out.</summary>
internal static class Sabotage
{
    private const int Bytes = 64 * 1024;

    /// <summary>Erases the last 64 KiB that are written in the log of a hub that is dead.</summary>
    public static void EraseEndOfLog(string dataFolder)
    {
        var newest = Directory.GetFiles(dataFolder, "*.seg", SearchOption.AllDirectories).Order().Last();
        var bytes = File.ReadAllBytes(newest);

        // A segment is filled with zeros beyond its end.
        var end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        var start = Math.Max(0, end - Bytes);
        using var file = File.OpenWrite(newest);
        file.Position = start;
        file.Write(new byte[end - start]);
    }
}
