namespace Nave.Hub.Twins;

/// <summary>Work on JSON text that is known to be well-formed.</summary>
internal static class JsonText
{
    /// <summary>Removes the white space between tokens; returns the same memory if there is none.</summary>
    public static ReadOnlyMemory<byte> Minify(ReadOnlyMemory<byte> json)
    {
        var span = json.Span;
        var at = NextSpace(span, 0);
        if (at < 0)
        {
            return json;
        }

        var result = new byte[span.Length];
        var count = 0;
        var from = 0;
        while (at >= 0)
        {
            span[from..at].CopyTo(result.AsSpan(count));
            count += at - from;
            from = at + 1;
            at = NextSpace(span, from);
        }

        span[from..].CopyTo(result.AsSpan(count));
        return result.AsMemory(0, count + span.Length - from);
    }

    // Finds white space outside strings, starting outside one.
    private static int NextSpace(ReadOnlySpan<byte> json, int start)
    {
        for (var i = start; i < json.Length; i++)
        {
            switch (json[i])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    return i;
                case (byte)'"':
                    for (i++; json[i] != '"'; i++)
                    {
                        if (json[i] == '\\')
                        {
                            i++;
                        }
                    }

                    break;
                default:
                    break;
            }
        }

        return -1;
    }
}
