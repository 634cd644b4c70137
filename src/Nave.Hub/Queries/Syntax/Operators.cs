namespace Nave.Hub.Queries;

/// <summary>How operators are written.</summary>
internal static class Operators
{
    private static readonly string[] s_texts = ["=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"];

    /// <summary>Gets the text of an operator.</summary>
    public static string Get(BinaryOperator value) => s_texts[(int)value];

    /// <summary>Gets the comparison that a token stands for.</summary>
    public static BinaryOperator? Comparison(TokenKind kind) => kind switch
    {
        TokenKind.Equal => BinaryOperator.Equal,
        TokenKind.NotEqual => BinaryOperator.NotEqual,
        TokenKind.Less => BinaryOperator.Less,
        TokenKind.LessOrEqual => BinaryOperator.LessOrEqual,
        TokenKind.Greater => BinaryOperator.Greater,
        TokenKind.GreaterOrEqual => BinaryOperator.GreaterOrEqual,
        _ => null,
    };

    /// <summary>Gets the operator of a sum that a token stands for.</summary>
    public static BinaryOperator? Additive(TokenKind kind) => kind switch
    {
        TokenKind.Plus => BinaryOperator.Add,
        TokenKind.Minus => BinaryOperator.Subtract,
        _ => null,
    };

    /// <summary>Gets the operator of a product that a token stands for.</summary>
    public static BinaryOperator? Multiplicative(TokenKind kind) => kind switch
    {
        TokenKind.Star => BinaryOperator.Multiply,
        TokenKind.Slash => BinaryOperator.Divide,
        TokenKind.Percent => BinaryOperator.Remainder,
        _ => null,
    };
}
