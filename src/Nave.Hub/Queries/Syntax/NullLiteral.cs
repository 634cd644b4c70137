namespace Nave.Hub.Queries;

/// <summary><c>null</c></summary>
internal sealed record NullLiteral() : Expression(1);
