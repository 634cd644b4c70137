namespace Nave.Hub.Queries;

/// <summary>What joins conditions.</summary>
internal enum LogicalOperator
{
    /// <summary><c>AND</c></summary>
    And,

    /// <summary><c>OR</c></summary>
    Or,
}
