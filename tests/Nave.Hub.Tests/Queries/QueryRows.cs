using System.Text;

namespace Nave.Hub.Queries.Tests;

/// <summary>Rows for tests, and what queries make of them.</summary>
internal static class QueryRows
{
    /// <summary>Turns documents into a stream; the key of each is its place, in order.</summary>
    public static async IAsyncEnumerable<QueryDocument> StreamAsync(IEnumerable<string> documents, string? after = null)
    {
        await Task.CompletedTask;
        var place = 0;
        foreach (var document in documents)
        {
            var key = $"k{place++:D6}";
            if (after is null || string.CompareOrdinal(key, after) > 0)
            {
                yield return new QueryDocument(key, Encoding.UTF8.GetBytes(document));
            }
        }
    }

    /// <summary>Parses a query that must be right.</summary>
    public static HubQuery Parse(string text)
    {
        Assert.True(HubQuery.TryParse(text, out var query, out var error), error?.Message);
        return query;
    }

    /// <summary>Runs a query for one page.</summary>
    public static async Task<QueryOutcome> RunAsync(string text, IEnumerable<string> documents, string? token = null, int pageSize = 1000)
    {
        var query = Parse(text);
        Assert.True(QueryContinuation.TryRead(query, token, out var from, out var error), error?.Message);
        return await QueryEngine.ReadPageAsync(
            new QueryRun(query, from, pageSize), StreamAsync(documents, from.After), TestContext.Current.CancellationToken);
    }

    /// <summary>Runs a query and gives its result as text.</summary>
    public static async Task<string> ReadAsync(string text, params string[] documents)
    {
        var outcome = await RunAsync(text, documents);
        Assert.True(outcome.IsPage, outcome.Error?.Message);
        return Encoding.UTF8.GetString(outcome.Page!.Json.Span);
    }

    /// <summary>Says whether a condition is true for a document.</summary>
    public static bool Matches(string condition, string document)
    {
        Assert.True(QueryParser.TryParseCondition(condition, QuerySource.Devices, out var parsed, out var error), error?.Message);
        var compiled = new CompiledCondition(parsed.Where);
        var row = new JsonRow(compiled.Paths);
        row.Load(new QueryDocument("k", Encoding.UTF8.GetBytes(document)));
        return compiled.Matches(row);
    }
}
