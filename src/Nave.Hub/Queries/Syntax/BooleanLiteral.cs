namespace Nave.Hub.Queries;

/// <summary><c>true</c> or <c>false</c></summary>
internal sealed record BooleanLiteral(bool Value) : Expression(1);
