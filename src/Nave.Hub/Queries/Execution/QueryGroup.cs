namespace Nave.Hub.Queries;

/// <summary>The columns of one group.</summary>
internal sealed class QueryGroup
{
    private readonly IReadOnlyList<ProjectionColumn> _columns;
    private readonly QueryValue[] _values;
    private readonly Aggregator?[] _aggregators;

    /// <summary>Begins a group with its first row, whose values give the columns that the query groups by.</summary>
    public QueryGroup(IReadOnlyList<ProjectionColumn> columns, JsonRow? first)
    {
        _columns = columns;
        _values = new QueryValue[columns.Count];
        _aggregators = new Aggregator?[columns.Count];
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].Aggregate is { } function)
            {
                _aggregators[i] = new Aggregator(function);
            }
            else if (first is not null)
            {
                _values[i] = first[columns[i].Slot].Detach();
            }
        }
    }

    /// <summary>Takes in a row.</summary>
    public void Add(JsonRow row)
    {
        for (var i = 0; i < _columns.Count; i++)
        {
            if (_columns[i].Slot < 0)
            {
                _aggregators[i]?.AddRow();
            }
            else
            {
                _aggregators[i]?.Add(row[_columns[i].Slot]);
            }
        }
    }

    /// <summary>Writes the group as a row of the result.</summary>
    public void WriteTo(RowWriter writer)
    {
        for (var i = 0; i < _columns.Count; i++)
        {
            if (_aggregators[i] is { } aggregator)
            {
                _values[i] = aggregator.GetResult();
            }
        }

        writer.WriteColumns(_columns, _values);
    }
}
