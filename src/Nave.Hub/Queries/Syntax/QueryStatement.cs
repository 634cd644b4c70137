namespace Nave.Hub.Queries;

/// <summary>A whole query.</summary>
/// <param name="Top">The most rows wanted; <see langword="null"/> = all.</param>
/// <param name="Items">The columns; none = <c>*</c>.</param>
/// <param name="Source">The collection.</param>
/// <param name="Where">The condition; <see langword="null"/> = every row.</param>
/// <param name="GroupBy">The paths to group by.</param>
internal sealed record QueryStatement(
    int? Top, ValueList<SelectItem> Items, QuerySource Source, Expression? Where, ValueList<QueryPath> GroupBy)
{
    /// <summary>Gets a value indicating whether rows are combined, so that the result comes whole and has no pages.</summary>
    public bool IsAggregate => GroupBy.Count > 0 || Items.Any(item => item.Aggregate is not null);
}
