using System.Runtime.CompilerServices;
using Nave.Hub.Queries;
using Nave.Storage;

namespace Nave.Hub.Provisioning;

/// <content>Queries.</content>
public sealed partial class EnrollmentRegistry
{
    /// <summary>Runs one page of a query over the enrollments of a kind: <c>*</c>, or <c>SELECT * FROM enrollments [WHERE …]</c> (groups: <c>enrollmentGroups</c>).</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="query">The text, at most 8192 characters.</param>
    /// <param name="pageSize">1 to 1000; <see langword="null"/> = 100.</param>
    /// <param name="continuation">What the page before returned, or <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The page, its rows in id order and without keys; or 400004 with what is wrong and where, 429001.</returns>
    public async ValueTask<HubResult<QueryPage>> QueryAsync(
        EnrollmentKind kind, string? query, int? pageSize, string? continuation, CancellationToken cancellationToken)
    {
        if (_limits.TryTakeOperation() is { } throttled)
        {
            return throttled;
        }

        var source = kind == EnrollmentKind.Group ? QuerySource.EnrollmentGroups : QuerySource.Enrollments;
        return await ProvisioningQuery.RunAsync(
            source, query, pageSize, continuation, (after, token) => RowsAsync(kind, after, token), cancellationToken);
    }

    private async IAsyncEnumerable<QueryDocument> RowsAsync(EnrollmentKind kind, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in _store.ScanAsync(new StateScan(EnrollmentCodec.CollectionOf(kind)) { After = after }, cancellationToken))
        {
            var shown = await PresentAsync(EnrollmentView.Public(EnrollmentCodec.DecodeWire(kind, document)), cancellationToken);
            yield return new QueryDocument(document.Key, EnrollmentView.Write(shown));
        }
    }
}
