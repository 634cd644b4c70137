using System.Diagnostics.CodeAnalysis;

namespace Nave.Hub.Queries;

/// <summary>A page, or why there is none: exactly one is set.</summary>
public readonly record struct QueryOutcome(QueryPage? Page, QueryError? Error)
{
    /// <summary>Gets a value indicating whether there is a page.</summary>
    [MemberNotNullWhen(true, nameof(Page))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsPage => Page is not null;
}
