using System.Text;
using System.Text.RegularExpressions;

namespace Nave.Fleet.Sync.Providers.Http;

/// <summary>Makes what a server said fit to be shown: secrets blotted out, one line, not long.</summary>
internal static partial class Redaction
{
    private const int MaxLength = 300;
    private const string Blot = "***";

    /// <summary>Cleans a text.</summary>
    /// <param name="text">What the server said; servers like to repeat what they were sent.</param>
    /// <param name="secrets">What must not be in it, in any letter case. Everything that looks like a key of 128 bits goes too.</param>
    public static string Clean(string text, IEnumerable<string> secrets)
    {
        foreach (var secret in secrets.Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length))
        {
            text = text.Replace(secret, Blot, StringComparison.OrdinalIgnoreCase);
        }

        text = KeyForm().Replace(text, Blot);
        var line = new StringBuilder(Math.Min(text.Length, MaxLength));
        foreach (var c in text)
        {
            if (line.Length == MaxLength)
            {
                return line.Append('…').ToString();
            }

            line.Append(char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c);
        }

        return line.ToString().Trim();
    }

    [GeneratedRegex("[0-9A-Fa-f]{32,}", RegexOptions.CultureInvariant)]
    private static partial Regex KeyForm();
}
