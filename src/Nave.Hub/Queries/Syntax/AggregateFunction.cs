namespace Nave.Hub.Queries;

/// <summary>A function over the rows of a group.</summary>
internal enum AggregateFunction
{
    /// <summary>The number of rows, or of rows that have a value at the path.</summary>
    Count,

    /// <summary>The sum of the numbers at the path.</summary>
    Sum,

    /// <summary>The mean of the numbers at the path.</summary>
    Avg,

    /// <summary>The least primitive value at the path.</summary>
    Min,

    /// <summary>The greatest primitive value at the path.</summary>
    Max,
}
