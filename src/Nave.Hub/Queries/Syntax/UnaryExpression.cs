namespace Nave.Hub.Queries;

/// <summary><c>NOT x</c> or <c>-x</c>.</summary>
internal sealed record UnaryExpression(UnaryOperator Operator, Expression Operand) : Expression(Operand.Depth + 1);
