using System.Text;

namespace Nave.Hub.Queries;

/// <summary>Why a query cannot be run, for the person who wrote it.</summary>
/// <param name="Message">One or two plain sentences that name the place and what was found there.</param>
/// <param name="Position">The offset of the offending token in the text, in characters, from 0.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Column">Its column, from 1.</param>
/// <param name="Token">The offending token as written; empty at the end of the text.</param>
public sealed record QueryError(string Message, int Position, int Line, int Column, string Token)
{
    private const int MaxTokenLength = 60;

    /// <summary>Makes an error about <paramref name="length"/> characters of <paramref name="text"/> from <paramref name="offset"/> on.</summary>
    internal static QueryError At(string text, int offset, int length, string message)
    {
        var line = 1;
        var lineStart = 0;
        for (var i = 0; i < offset && i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                line++;
                lineStart = i + 1;
            }
        }

        return new QueryError(message, offset, line, offset - lineStart + 1, Shorten(text.Substring(offset, length)));
    }

    /// <summary>Makes an error about the request, not about a place in the query.</summary>
    internal static QueryError OfRequest(string message) => new(message, 0, 1, 1, "");

    /// <summary>Cuts a token to a length that is fit for a message; half a surrogate pair becomes U+FFFD.</summary>
    internal static string Shorten(string token)
    {
        var cut = token.Length <= MaxTokenLength ? token : string.Concat(token.AsSpan(0, MaxTokenLength), "…");
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cut));
    }
}
