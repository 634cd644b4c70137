using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Jobs;
using Nave.Hub.Limits;
using Nave.Hub.Queries;
using Nave.Storage;

namespace Nave.Hub.Twins;

/// <summary>Queries over the twins of one hub. They read the store: what was acknowledged before is found.</summary>
public sealed class TwinQueries
{
    /// <summary>The collection that <c>FROM devices.jobs</c> reads: one JSON row a device and job, by a key of the writer's choice.</summary>
    internal const string JobsCollection = "device-jobs";

    // A key is two ids of 128 characters, one of a job before them, and what separates them.
    private const int MaxKeyLength = 400;

    private readonly TwinStore _store;
    private readonly TwinService _twins;
    private readonly HubThrottle _throttle;

    internal TwinQueries(TwinStore store, TwinService twins, HubThrottle throttle)
    {
        _store = store;
        _twins = twins;
        _throttle = throttle;
    }

    /// <summary>Runs one page of a query.</summary>
    /// <param name="query">The text, at most 8192 characters.</param>
    /// <param name="pageSize">1 to 1000; <see langword="null"/> = 100.</param>
    /// <param name="continuation">What the page before returned, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The page; or 400004 with the place and the token that is wrong, 429001.</returns>
    public async ValueTask<HubResult<QueryPage>> RunAsync(string query, int? pageSize, string? continuation, CancellationToken cancellationToken)
    {
        // 1. What is asked?
        if (_throttle.TryTake(ThrottledOperation.Query) is { } throttled)
        {
            return throttled;
        }

        if (!HubQuery.TryParse(query, out var parsed, out var error) || !QueryContinuation.TryRead(parsed, continuation, out var from, out error))
        {
            return Wrong(error);
        }

        if (from.After is { } after && (after.Length > MaxKeyLength || !Ascii.IsValid(after)))
        {
            return Wrong(QueryError.OfRequest("The continuation token is not one that this hub gave."));
        }

        // 2. Which documents can answer it?
        var isJobs = parsed.Source == QuerySource.Jobs;
        var plan = QueryPlan.For(parsed.Statement.Where, isJobs ? DeviceJobIndex.Rows : TwinIndex.Of(parsed.Source));
        if (!isJobs && await CountAsync(parsed, plan, cancellationToken).ConfigureAwait(false) is { } counted)
        {
            return counted;
        }

        // 3. Read them.
        var rows = new TwinRows(_twins, parsed);
        var run = new QueryRun(parsed, from, pageSize ?? QueryLimits.DefaultPageSize)
        {
            Overlay = isJobs ? null : rows,
            Render = isJobs ? null : rows.Render,
        };
        var documents = isJobs ? ReadJobsAsync(plan, from.After, cancellationToken) : ReadTwinsAsync(rows, plan, from.After, cancellationToken);
        var outcome = await QueryEngine.ReadPageAsync(run, documents, cancellationToken).ConfigureAwait(false);
        return outcome.IsPage ? new QueryPage(outcome.Page.ItemType, Split(outcome.Page.Json), outcome.Page.Continuation) : Wrong(outcome.Error);
    }

    /// <summary>Finds the twins that a query selects, in the order of their keys; no tier's rate of queries counts it.</summary>
    /// <param name="query">Over devices or modules; only its condition counts.</param>
    /// <param name="after">The key after which to begin, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    internal async IAsyncEnumerable<string> FindKeysAsync(HubQuery query, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = new TwinRows(_twins, query);
        var filter = new JsonRow(query.Where.Paths, rows);
        await foreach (var row in ReadTwinsAsync(rows, QueryPlan.For(query.Statement.Where, TwinIndex.Of(query.Source)), after, cancellationToken).ConfigureAwait(false))
        {
            filter.Load(row);
            if (query.Where.Matches(filter))
            {
                yield return row.Key;
            }
        }
    }

    /// <summary>Counts the rows of a query over twins, for the hub itself: no tier counts it.</summary>
    internal async ValueTask<long> CountRowsAsync(HubQuery query, CancellationToken cancellationToken)
    {
        var plan = QueryPlan.For(query.Statement.Where, TwinIndex.Of(query.Source));
        if (plan is { IsExact: true, Keys: null } && IsPlausible(plan.Prefix))
        {
            return Math.Min(
                query.Statement.Top ?? long.MaxValue,
                await _store.State.CountAsync(plan.ToScan(TwinIndex.CollectionOf(query.Source), after: null), cancellationToken).ConfigureAwait(false));
        }

        var rows = new TwinRows(_twins, query);
        var filter = new JsonRow(query.Where.Paths, rows);
        long count = 0;
        await foreach (var row in ReadTwinsAsync(rows, plan, after: null, cancellationToken).ConfigureAwait(false))
        {
            filter.Load(row);
            if (query.Where.Matches(filter) && ++count == query.Statement.Top)
            {
                break;
            }
        }

        return count;
    }

    private async IAsyncEnumerable<QueryDocument> ReadJobsAsync(QueryPlan plan, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Keys are those of jobs, each with the rows of its devices.
        foreach (var prefix in plan.Keys ?? [string.Empty])
        {
            if (!IsPlausible(prefix) || (prefix.Length > 0 && after is not null && string.CompareOrdinal(after, prefix) > 0 && !after.StartsWith(prefix, StringComparison.Ordinal)))
            {
                continue;
            }

            var scan = plan.Keys is null ? plan.ToScan(JobsCollection, after) : new StateScan(JobsCollection) { Prefix = prefix, After = after };
            await foreach (var document in _store.State.ScanAsync(scan, cancellationToken).ConfigureAwait(false))
            {
                yield return new QueryDocument(document.Key, document.Body);
            }
        }
    }

    private async IAsyncEnumerable<QueryDocument> ReadTwinsAsync(
        TwinRows rows, QueryPlan plan, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (plan.Keys is null)
        {
            if (IsPlausible(plan.Prefix))
            {
                await foreach (var document in _store.State.ScanAsync(plan.ToScan(rows.Collection, after), cancellationToken).ConfigureAwait(false))
                {
                    yield return rows.Load(document);
                }
            }

            yield break;
        }

        foreach (var key in plan.Keys.Where(IsPlausible))
        {
            if (rows.Collection == TwinCollections.Modules)
            {
                // All modules of one device.
                if (after is not null && string.CompareOrdinal(after, key) > 0 && !after.StartsWith(key, StringComparison.Ordinal))
                {
                    continue;
                }

                await foreach (var document in _store.State.ScanAsync(new StateScan(rows.Collection) { Prefix = key, After = after }, cancellationToken).ConfigureAwait(false))
                {
                    yield return rows.Load(document);
                }
            }
            else if ((after is null || string.CompareOrdinal(key, after) > 0)
                && await _store.ReadAsync(new IdentityId(key), cancellationToken).ConfigureAwait(false) is { } twin)
            {
                yield return rows.Load(key, twin.Document);
            }
        }
    }

    // COUNT() over documents that the index alone can tell apart reads none of them.
    private async ValueTask<QueryPage?> CountAsync(HubQuery query, QueryPlan plan, CancellationToken cancellationToken)
    {
        var statement = query.Statement;
        if (statement is not { Items: { Count: 1 } items, GroupBy.Count: 0, Top: null }
            || items[0] is not { Aggregate: AggregateFunction.Count, Path: null }
            || plan is not { IsExact: true, Keys: null }
            || !IsPlausible(plan.Prefix))
        {
            return null;
        }

        var scan = plan.ToScan(TwinIndex.CollectionOf(query.Source), after: null);
        var count = await _store.State.CountAsync(scan, cancellationToken).ConfigureAwait(false);
        var row = string.Create(CultureInfo.InvariantCulture, $"{{\"{JsonEncodedText.Encode(items[0].Name)}\":{count}}}");
        return new QueryPage(query.ItemType, [Encoding.UTF8.GetBytes(row)], null);
    }

    // Ids are printable ASCII; a key with anything else finds nothing, and the store need not be bothered with it.
    private static bool IsPlausible(string key) => key.Length <= MaxKeyLength && !key.AsSpan().TrimEnd('\0').ContainsAnyExceptInRange('!', '~');

    private static HubError Wrong(QueryError error) => new(HubErrorCode.ArgumentInvalid, error.Message);

    // The engine writes one JSON array; the rows are its elements.
    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> array)
    {
        var items = new List<ReadOnlyMemory<byte>>();
        var reader = new Utf8JsonReader(array.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            items.Add(array[start..(int)reader.BytesConsumed]);
        }

        return items;
    }
}
