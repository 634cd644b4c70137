namespace Nave.Hub.Queries;

/// <summary>One run of a query for one page.</summary>
/// <param name="Query">The query.</param>
/// <param name="From">Where the page begins.</param>
/// <param name="PageSize">The most rows of the page, 1 to 1,000; a page of long rows ends after 4 MiB.</param>
internal sealed record QueryRun(HubQuery Query, QueryContinuation From, int PageSize)
{
    /// <summary>Gets what gives a row the form in which <c>SELECT *</c> returns it; <see langword="null"/> = as it is.</summary>
    public Func<QueryDocument, ReadOnlyMemory<byte>>? Render { get; init; }

    /// <summary>Gets where attributes come from that are not in the rows; <see langword="null"/> = all are.</summary>
    public IQueryOverlay? Overlay { get; init; }
}
