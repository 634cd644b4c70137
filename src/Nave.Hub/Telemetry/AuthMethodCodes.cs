using System.Text;

namespace Nave.Hub.Telemetry;

/// <summary>
/// One-byte codes for the usual values of the <c>iothub-connection-auth-method</c> annotation; others are stored in full.
/// The numbers are stored (docs/formats/events.md): append only.
/// </summary>
internal static class AuthMethodCodes
{
    /// <summary>No sender was authenticated: the hub itself made the event.</summary>
    public const byte None = 0;

    /// <summary>The JSON follows, length first.</summary>
    public const byte Literal = 255;

    private static readonly string[] s_texts = Build();

    /// <summary>Returns the code of a text, or <see cref="Literal"/>.</summary>
    public static byte CodeOf(string text)
    {
        var index = Array.IndexOf(s_texts, text);
        return index < 0 ? Literal : (byte)index;
    }

    /// <summary>Returns the text of a code, or <see langword="null"/> for one that this version does not know.</summary>
    public static string? TextOf(byte code) => code < s_texts.Length ? s_texts[code] : null;

    private static string[] Build()
    {
        var texts = new List<string> { string.Empty };
        var text = new StringBuilder();
        foreach (var issuer in (string[])["iothub", "external"])
        {
            foreach (var scope in (string[])["device", "module", "hub"])
            {
                foreach (var type in (string[])["sas", "symkey", "x509"])
                {
                    text.Clear().Append("{\"scope\":\"").Append(scope).Append("\",\"type\":\"").Append(type);
                    text.Append("\",\"issuer\":\"").Append(issuer).Append("\",\"acceptingIpFilterRule\":null}");
                    texts.Add(text.ToString());
                }
            }
        }

        return [.. texts];
    }
}
