using System.Globalization;

namespace Nave.Hub.Queries;

/// <summary>Runs queries over streams of rows in key order: filters, projects, combines, and cuts the result into pages.</summary>
internal static class QueryEngine
{
    /// <summary>Reads one page of a result, or the whole result of a query that combines rows.</summary>
    /// <param name="run">The query and the page that is wanted.</param>
    /// <param name="rows">
    /// The rows in ascending order of their keys, those after <see cref="QueryContinuation.After"/>; a plan may have left
    /// out rows that cannot match, but every row is tested here.
    /// </param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The page, or why there is none.</returns>
    public static async Task<QueryOutcome> ReadPageAsync(
        QueryRun run, IAsyncEnumerable<QueryDocument> rows, CancellationToken cancellationToken)
    {
        if (run.PageSize is < 1 or > QueryLimits.MaxPageSize)
        {
            return new QueryOutcome(null, QueryError.OfRequest(string.Create(
                CultureInfo.InvariantCulture, $"The page size is {run.PageSize}; from 1 to {QueryLimits.MaxPageSize} is permitted.")));
        }

        return run.Query.IsAggregate
            ? await AggregateAsync(run, rows, cancellationToken).ConfigureAwait(false)
            : await ReadRowsAsync(run, rows, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the result of a query that is a count of rows, from the count.</summary>
    public static QueryPage OfCount(HubQuery query, long count)
    {
        using var writer = new RowWriter();
        writer.WriteColumns(query.Projection.Columns, [QueryValue.Of(QueryNumber.Of(count))]);
        return new QueryPage(writer.Finish(), writer.Count, null, query.ItemType);
    }

    private static async Task<QueryOutcome> ReadRowsAsync(
        QueryRun run, IAsyncEnumerable<QueryDocument> rows, CancellationToken cancellationToken)
    {
        var query = run.Query;
        using var writer = new RowWriter();
        var filter = new JsonRow(query.Where.Paths, run.Overlay);
        var projector = new RowProjector(run);
        var wanted = query.Statement.Top is { } top ? top - run.From.Returned : int.MaxValue;
        if (wanted <= 0)
        {
            return Page(query, writer, null);
        }

        string? last = null;
        var isFull = false;
        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            // A row more than the page holds: there may be another page.
            if (isFull)
            {
                return Page(query, writer, new QueryContinuation(last, run.From.Returned + writer.Count).ToToken(query));
            }

            if (!Passes(query, filter, row))
            {
                continue;
            }

            projector.Write(row, writer);
            if (writer.Count == wanted)
            {
                break;
            }

            last = row.Key;
            isFull = writer.Count == run.PageSize || writer.Length >= QueryLimits.MaxPageBytes;
        }

        return Page(query, writer, null);
    }

    private static async Task<QueryOutcome> AggregateAsync(
        QueryRun run, IAsyncEnumerable<QueryDocument> rows, CancellationToken cancellationToken)
    {
        var query = run.Query;
        if (run.From.After is not null)
        {
            return new QueryOutcome(null, QueryError.OfRequest("A query that combines rows has one page and takes no continuation token."));
        }

        var filter = new JsonRow(query.Where.Paths, run.Overlay);
        var columns = new JsonRow(query.Projection.Paths, run.Overlay);
        var groups = new QueryGroups(query.Projection);
        await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (!Passes(query, filter, row))
            {
                continue;
            }

            columns.Load(row);
            if (!groups.TryAdd(columns))
            {
                return new QueryOutcome(null, QueryError.OfRequest(string.Create(
                    CultureInfo.InvariantCulture,
                    $"GROUP BY forms more than {QueryLimits.MaxGroups} groups; narrow the query with WHERE or group by another path.")));
            }
        }

        using var writer = new RowWriter();
        groups.WriteTo(writer, query.Statement.Top);
        return Page(query, writer, null);
    }

    private static bool Passes(HubQuery query, JsonRow filter, QueryDocument row)
    {
        if (query.Where.IsAlways)
        {
            return true;
        }

        filter.Load(row);
        return query.Where.Matches(filter);
    }

    private static QueryOutcome Page(HubQuery query, RowWriter writer, string? continuation) =>
        new(new QueryPage(writer.Finish(), writer.Count, continuation, query.ItemType), null);
}
