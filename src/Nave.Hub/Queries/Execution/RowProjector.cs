namespace Nave.Hub.Queries;

/// <summary>Writes the columns of a row, or the row itself for <c>SELECT *</c>. For one thread.</summary>
internal sealed class RowProjector(QueryRun run)
{
    private readonly IReadOnlyList<ProjectionColumn> _columns = run.Query.Projection.Columns;
    private readonly JsonRow _row = new(run.Query.Projection.Paths, run.Overlay);
    private readonly QueryValue[] _values = new QueryValue[run.Query.Projection.Columns.Count];

    /// <summary>Writes a row.</summary>
    public void Write(QueryDocument document, RowWriter writer)
    {
        if (_columns.Count == 0)
        {
            writer.WriteDocument((run.Render is null ? document.Json : run.Render(document)).Span);
            return;
        }

        _row.Load(document);
        for (var i = 0; i < _values.Length; i++)
        {
            _values[i] = _row[_columns[i].Slot];
        }

        writer.WriteColumns(_columns, _values);
    }
}
