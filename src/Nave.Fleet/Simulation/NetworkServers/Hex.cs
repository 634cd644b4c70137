namespace Nave.Fleet.Simulation.NetworkServers;

/// <summary>EUIs and keys in hexadecimal.</summary>
internal static class Hex
{
    public static bool Is(string text, int digits) => text.Length == digits && text.All(char.IsAsciiHexDigit);

    public static string Lower(string text) => string.Create(text.Length, text, (span, source) => source.AsSpan().ToLowerInvariant(span));
}
