namespace Nave.Api;

/// <summary>The <c>name=value</c> parts of a connection string, names in any letter case.</summary>
internal static class ConnectionStringParts
{
    public static Dictionary<string, string> Parse(string text, out string? error)
    {
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        error = null;
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=');
            if (equals <= 0)
            {
                // The part is not quoted: it may be a key that was pasted alone.
                error = "A connection string is made of name=value parts joined by ';', and one part has no name.";
                break;
            }

            if (!parts.TryAdd(part[..equals].Trim(), part[(equals + 1)..].Trim()))
            {
                error = $"The connection string has {part[..equals].Trim()} twice.";
                break;
            }
        }

        return parts;
    }

    public static string? CheckKey(string? key)
    {
        if (key is null)
        {
            return null;
        }

        var bytes = new byte[key.Length];
        return Convert.TryFromBase64String(key, bytes, out var written) && written > 0 ? null : "SharedAccessKey is not base64.";
    }
}
