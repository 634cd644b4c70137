namespace Nave.Api;

/// <summary>
/// An <c>If-Match</c> header. Clients write <c>*</c>, <c>"*"</c>, <c>"etag"</c>, <c>etag</c>, <c>W/"etag"</c>, and <c>""</c> or nothing
/// for no condition (wire facts 9.1.7).
/// </summary>
/// <param name="Value">The etag without quotes, <c>*</c> for any, or <see langword="null"/> if there is no condition.</param>
public readonly record struct IfMatch(string? Value)
{
    /// <summary>Gets a value indicating whether there is no condition: a PUT creates.</summary>
    public bool IsAbsent => Value is null;

    /// <summary>Gets a value indicating whether any etag will do, but there must be one.</summary>
    public bool IsAny => Value == "*";

    /// <summary>Reads a header.</summary>
    public static IfMatch Parse(string? header)
    {
        var text = header.AsSpan().Trim();
        if (text.StartsWith("W/", StringComparison.Ordinal))
        {
            text = text[2..];
        }

        if (text.Length >= 2 && text[0] == '"' && text[^1] == '"')
        {
            text = text[1..^1];
        }

        return new IfMatch(text.IsEmpty ? null : text.ToString());
    }

    /// <summary>Tells whether an etag fulfils the condition.</summary>
    public bool Matches(string? etag) => IsAbsent || IsAny || string.Equals(Value, etag, StringComparison.Ordinal);
}
