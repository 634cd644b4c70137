using Nave.Api;
using Nave.Hub.Queries;

namespace Nave.Hub.Provisioning;

/// <summary>Runs the provisioning service's queries: each reads one collection, which its path names.</summary>
internal static class ProvisioningQuery
{
    /// <summary>Runs one page.</summary>
    /// <param name="source">The collection.</param>
    /// <param name="text">The query; <c>*</c>, empty or <see langword="null"/> = everything.</param>
    /// <param name="pageSize">1 to 1000; <see langword="null"/> = 100.</param>
    /// <param name="continuation">What the page before returned, or <see langword="null"/>.</param>
    /// <param name="read">Reads the rows after a key, in the order of keys.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static async ValueTask<HubResult<QueryPage>> RunAsync(
        QuerySource source,
        string? text,
        int? pageSize,
        string? continuation,
        Func<string?, CancellationToken, IAsyncEnumerable<QueryDocument>> read,
        CancellationToken cancellationToken)
    {
        var query = string.IsNullOrWhiteSpace(text) || text.Trim() == "*" ? $"SELECT * FROM {CollectionNames.Get(source)}" : text;
        if (!HubQuery.TryParse(query, out var parsed, out var error, [source]) || !QueryContinuation.TryRead(parsed, continuation, out var from, out error))
        {
            return new HubError(HubErrorCode.ArgumentInvalid, error.Message);
        }

        if (from.After is { } after && !RegistrationIds.IsValid(after))
        {
            return new HubError(HubErrorCode.ArgumentInvalid, "The continuation token is not one that this service gave.");
        }

        var outcome = await QueryEngine.ReadPageAsync(
            new QueryRun(parsed, from, pageSize ?? QueryLimits.DefaultPageSize), read(from.After, cancellationToken), cancellationToken);
        return outcome.IsPage ? outcome.Page : new HubError(HubErrorCode.ArgumentInvalid, outcome.Error.Message);
    }
}
