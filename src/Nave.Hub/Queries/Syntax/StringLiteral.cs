namespace Nave.Hub.Queries;

/// <summary>A string with its escapes resolved.</summary>
internal sealed record StringLiteral(string Value) : Expression(1);
