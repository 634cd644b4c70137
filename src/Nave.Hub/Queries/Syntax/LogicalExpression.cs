namespace Nave.Hub.Queries;

/// <summary>Two or more conditions joined by the same operator: a long chain is one flat node, however long.</summary>
internal sealed record LogicalExpression(LogicalOperator Operator, ValueList<Expression> Operands) : Expression(Deepest(Operands) + 1);
