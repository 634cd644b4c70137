namespace Nave.Hub.Queries;

/// <summary>
/// Gives attributes that are not in the stored documents because they change too often, such as <c>connectionState</c>.
/// </summary>
internal interface IQueryOverlay
{
    /// <summary>Says whether the value at a path comes from here; asked once a query.</summary>
    bool Covers(QueryPath path);

    /// <summary>Reads the value at a covered path for the row with this key.</summary>
    QueryValue Read(string key, QueryPath path);
}
