namespace Nave.Hub.Queries;

/// <summary>An operator before its one operand.</summary>
internal enum UnaryOperator
{
    /// <summary><c>NOT</c></summary>
    Not,

    /// <summary><c>-</c></summary>
    Minus,
}
