namespace Nave.Hub.Twins;

/// <summary>Queries over the twins of one hub.</summary>
public sealed class TwinQueries
{
    /// <summary>Runs one page of a query.</summary>
    /// <param name="query">The text, at most 8192 characters.</param>
    /// <param name="pageSize">1 to 1000; <see langword="null"/> = 100.</param>
    /// <param name="continuation">What the page before returned, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public ValueTask<HubResult<QueryPage>> RunAsync(string query, int? pageSize, string? continuation, CancellationToken cancellationToken) => throw new NotImplementedException();
}
