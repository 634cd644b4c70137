namespace Nave.Hub.Queries;

/// <summary>A comparison or an arithmetic operation.</summary>
internal sealed record BinaryExpression(BinaryOperator Operator, Expression Left, Expression Right)
    : Expression(Math.Max(Left.Depth, Right.Depth) + 1)
{
    /// <summary>Gets a value indicating whether the result is a boolean.</summary>
    public bool IsComparison => Operator <= BinaryOperator.GreaterOrEqual;
}
