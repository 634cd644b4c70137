namespace Nave.Hub.Queries;

/// <summary>The value that a path leads to.</summary>
internal sealed record PathExpression(QueryPath Path) : Expression(1);
