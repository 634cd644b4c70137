namespace Nave.Hub.Queries;

/// <summary>
/// Gives the values that a condition asks of one row. Twins and jobs are read by <see cref="JsonRow"/>; a route implements
/// this over a message, where <c>$body</c>, <c>$twin</c>, system properties and application properties have their own rules.
/// </summary>
internal interface IQueryRow
{
    /// <summary>Reads the value at a path; <see cref="QueryValue.Undefined"/> if it leads nowhere.</summary>
    /// <param name="path">The path.</param>
    /// <param name="slot">Its place in <see cref="CompiledCondition.Paths"/>, for rows that prepare their values.</param>
    QueryValue Read(QueryPath path, int slot);
}
