namespace Nave.Hub.Queries;

/// <summary>A call of a function.</summary>
internal sealed record FunctionExpression(QueryFunction Function, ValueList<Expression> Arguments) : Expression(Deepest(Arguments) + 1);
