using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Nave.Hub.Queries;

/// <summary>A query that was parsed, checked and compiled. Immutable; any number of threads may run it.</summary>
internal sealed class HubQuery
{
    private HubQuery(QueryStatement statement)
    {
        Statement = statement;
        Where = new CompiledCondition(statement.Where);
        Projection = new Projection(statement);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(QueryPrinter.Print(statement))).AsSpan(0, 8));
    }

    /// <summary>Gets the query as a tree.</summary>
    public QueryStatement Statement { get; }

    /// <summary>Gets the collection that it reads.</summary>
    public QuerySource Source => Statement.Source;

    /// <summary>Gets a value indicating whether rows are combined: the result comes whole, in one page.</summary>
    public bool IsAggregate => Statement.IsAggregate;

    /// <summary>
    /// Gets a value indicating whether the result is one number of rows, which a store can count without reading them if
    /// the plan is exact; see <see cref="QueryEngine.OfCount"/>.
    /// </summary>
    public bool IsRowCount =>
        Statement.GroupBy.Count == 0 && Statement.Items is [{ Aggregate: AggregateFunction.Count, Path: null }];

    /// <summary>Gets what Azure calls the rows of the result in <c>x-ms-item-type</c>.</summary>
    public string ItemType => Statement.Items.Count > 0 ? "Raw" : Source switch
    {
        QuerySource.Jobs => "DeviceJob",
        QuerySource.Enrollments => "Enrollment",
        QuerySource.EnrollmentGroups => "EnrollmentGroup",
        QuerySource.Registrations => "DeviceRegistration",
        _ => "Twin",
    };

    /// <summary>Gets what names the query in a continuation token: equal for queries that mean the same text.</summary>
    public string Fingerprint { get; }

    /// <summary>Gets the condition.</summary>
    public CompiledCondition Where { get; }

    /// <summary>Gets what becomes of the rows that pass.</summary>
    public Projection Projection { get; }

    /// <summary>Parses a query, or says what is wrong with it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="query">The query.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="sources">The collections that there are; <see langword="null"/> = a hub's.</param>
    public static bool TryParse(
        string text,
        [NotNullWhen(true)] out HubQuery? query,
        [NotNullWhen(false)] out QueryError? error,
        IReadOnlyList<QuerySource>? sources = null)
    {
        query = QueryParser.TryParse(text, out var statement, out error, sources) ? new HubQuery(statement) : null;
        return query is not null;
    }
}
