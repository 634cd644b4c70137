namespace Nave.Hub.Queries;

/// <summary><c>undefined</c>: the value of a path that leads nowhere.</summary>
internal sealed record UndefinedLiteral() : Expression(1);
