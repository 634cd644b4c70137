namespace Nave.Hub.Queries;

/// <summary><c>x IN [a, b]</c>, or <c>x NIN [a, b]</c> if <paramref name="Negated"/>. The elements are literals.</summary>
internal sealed record InExpression(Expression Operand, ValueList<Expression> Elements, bool Negated) : Expression(Operand.Depth + 1);
