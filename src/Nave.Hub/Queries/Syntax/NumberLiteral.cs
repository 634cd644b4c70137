namespace Nave.Hub.Queries;

/// <summary>A number, with its sign if that stood directly before it.</summary>
internal sealed record NumberLiteral(QueryNumber Value) : Expression(1);
