using Nave.Hub.Queries;

namespace Nave.Fuzz.Hub;

/// <summary>Queries and conditions: parsed, and run over a few rows.</summary>
internal sealed class QueryTarget() : FuzzTarget("query", Texts(
    "SELECT * FROM devices",
    "SELECT * FROM devices WHERE tags.location.region = 'US' AND properties.reported.telemetryConfig.sendFrequencyInSecs >= 60",
    "SELECT * FROM devices WHERE properties.reported.connectivity IN ['wired', 'wifi'] OR NOT is_defined(tags.x)",
    "SELECT TOP 2 deviceId AS id, tags.a[0].b FROM devices WHERE properties.desired.$version > 3",
    "SELECT COUNT() as n, AVG(tags.n) AS mean, MAX(tags.s) FROM devices GROUP BY tags.s, status",
    "SELECT * FROM devices.modules WHERE STARTSWITH(CONCAT(deviceId, '-', UPPER(tags.s)), SUBSTRING(tags.s, 0, 3)) OR -(1 + 2 * 3 % 4) / 2.5e1 < LENGTH(tags.s)",
    "SELECT [[my tag]], tags.[[a-b]] AS x FROM devices WHERE power(2, 3) <> ABS(tags.n)"))
{
    private static readonly QueryDocument[] s_rows =
    [
        new("d1", """{"deviceId":"d1","status":"enabled","tags":{"location":{"region":"US"},"n":4.5,"s":"h\u00e9llo","a":[{"b":1}],"x":null},"properties":{"desired":{"$version":4},"reported":{"connectivity":"wifi"}}}"""u8.ToArray()),
        new("d2", """{"deviceId":"d2","status":"disabled","tags":{},"properties":{"desired":{"$version":1},"reported":{"telemetryConfig":{"sendFrequencyInSecs":60}}}}"""u8.ToArray()),
    ];

    public override IReadOnlyList<byte[]> Words { get; } = Texts(
        "SELECT ", "TOP 1 ", "* ", " FROM devices", " WHERE ", " GROUP BY ", " AND ", " OR ", "NOT ", " IN [", "(", ")", "[", "]", "[[", "]]", ".", ",", "'", "\"", "''", "\\u0041", " AS ",
        "CONCAT(tags.s, ", "LENGTH(", "SUBSTRING(tags.s, ", "POWER(9, 9)", "EXP(999)", "1e308", "99999999999999999999", "-", " = ", " != ", "null", "true", "UNDEFINED", "COUNT()", "é", "%", "/ 0");

    /// <summary>A tree, evaluators and an error, of which the longest has the whole text; and one page of output.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => (160 << 10) + (512L * length);

    public override bool Execute(byte[] input)
    {
        var text = TextOf(input);
        var isTarget = QueryParser.TryParseTarget(text, out _, out var targetError);
        Check(isTarget == targetError is null, "there is a condition or an error");
        if (!HubQuery.TryParse(text, out var query, out var error))
        {
            Check(error.Message.Length is > 0 and < 1000 && error.Position >= 0 && error.Position <= text.Length, "an error is one, about the text");
            return isTarget;
        }

        var outcome = QueryEngine.ReadPageAsync(new QueryRun(query, QueryContinuation.Start, 1), RowsAsync(), CancellationToken.None).GetAwaiter().GetResult();
        Check(outcome.IsPage, "there is a page");
        return true;
    }

    // What a query prints is the query.
    public override void Verify(byte[] input)
    {
        if (!HubQuery.TryParse(TextOf(input), out var query, out _))
        {
            return;
        }

        var printed = QueryPrinter.Print(query.Statement);
        if (printed.Length <= QueryLimits.MaxTextLength)
        {
            // The printer writes parentheses that a text near the limit of levels did not need.
            var isRead = HubQuery.TryParse(printed, out var again, out var problem);
            Check(isRead ? again!.Fingerprint == query.Fingerprint : problem!.Message.EndsWith("levels deep.", StringComparison.Ordinal), "a query is read as it was printed");
        }

        var page = QueryEngine.ReadPageAsync(new QueryRun(query, QueryContinuation.Start, 1), RowsAsync(), CancellationToken.None).GetAwaiter().GetResult().Page!;
        using var json = System.Text.Json.JsonDocument.Parse(page.Json);
        Check(json.RootElement.GetArrayLength() == page.Count, "a page is an array of its rows");
        if (page.Continuation is { } token)
        {
            Check(QueryContinuation.TryRead(query, token, out var next, out _) && next.Returned == 1, "a page leads to the next");
        }
    }

    private static async IAsyncEnumerable<QueryDocument> RowsAsync()
    {
        foreach (var row in s_rows)
        {
            await ValueTask.CompletedTask;
            yield return row;
        }
    }
}
