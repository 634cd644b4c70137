namespace Nave.Hub.Queries;

/// <summary>A condition that stands alone: of a job, a configuration or a route.</summary>
/// <param name="Source">What it is about.</param>
/// <param name="Where">The condition; <see langword="null"/> = every row.</param>
internal sealed record QueryCondition(QuerySource Source, Expression? Where);
