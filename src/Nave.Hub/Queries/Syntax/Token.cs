namespace Nave.Hub.Queries;

/// <summary>One token of a query.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where it begins, in characters from 0.</param>
/// <param name="Length">How many characters it has.</param>
/// <param name="Text">A word or name as it stands, a string with its escapes resolved; otherwise empty.</param>
/// <param name="Number">The value of a number.</param>
internal readonly record struct Token(TokenKind Kind, int Offset, int Length, string Text, QueryNumber Number)
{
    /// <summary>Gets where the token stands.</summary>
    public SourceOffset Source => new(Offset, Length);

    /// <summary>Says whether this is the keyword <paramref name="keyword"/>, in any letter case.</summary>
    public bool Is(string keyword) => Kind == TokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}
