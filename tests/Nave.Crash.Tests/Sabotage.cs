namespace Nave.Crash.Tests;

/// <summary>Makes a hub break its promises, to see that the suite finds out.</summary>
internal static class Sabotage
{
    // Of the first segment: some hundred events.
    private const int KeptBytes = 64 * 1024;

    /// <summary>Erases what is written in the log of a hub that is dead, but for its first 64 KiB.</summary>
    public static void EraseEndOfLog(string dataFolder)
    {
        // A segment is filled with zeros beyond its end.
        var segment = Directory.GetFiles(dataFolder, "*.seg", SearchOption.AllDirectories).Order().First();
        using var file = File.OpenWrite(segment);
        var zeros = new byte[1 << 20];
        for (file.Position = KeptBytes; file.Position < file.Length;)
        {
            file.Write(zeros.AsSpan(0, (int)Math.Min(zeros.Length, file.Length - file.Position)));
        }
    }
}
