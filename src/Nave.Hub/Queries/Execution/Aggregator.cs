namespace Nave.Hub.Queries;

/// <summary>Combines the values of one column over the rows of one group.</summary>
internal sealed class Aggregator(AggregateFunction function)
{
    private long _count;
    private Int128 _integers;
    private double _doubles;
    private bool _hasDoubles;
    private QueryValue _extreme;

    /// <summary>Counts a row; only for COUNT().</summary>
    public void AddRow() => _count++;

    /// <summary>Takes in the value of a row.</summary>
    public void Add(in QueryValue value)
    {
        switch (function)
        {
            case AggregateFunction.Count:
                _count += value.Kind == QueryValueKind.Undefined ? 0 : 1;
                break;
            case AggregateFunction.Sum or AggregateFunction.Avg:
                AddNumber(value);
                break;
            default:
                AddExtreme(value);
                break;
        }
    }

    /// <summary>Gets the result; undefined if no row had a fitting value, except for COUNT, which is 0, and SUM, which is too.</summary>
    public QueryValue GetResult() => function switch
    {
        AggregateFunction.Count => QueryValue.Of(QueryNumber.Of(_count)),
        AggregateFunction.Sum => GetSum(),
        AggregateFunction.Avg => _count == 0 ? QueryValue.Undefined : QueryValue.Of(((double)_integers + _doubles) / _count),
        _ => _extreme,
    };

    // Whole numbers are added exactly: 128 bits hold 2^64 of them.
    private void AddNumber(in QueryValue value)
    {
        if (value.Kind != QueryValueKind.Number)
        {
            return;
        }

        _count++;
        if (value.Number.IsInteger)
        {
            _integers += value.Number.Integer;
        }
        else
        {
            _doubles += value.Number.Double;
            _hasDoubles = true;
        }
    }

    private QueryValue GetSum() => !_hasDoubles && _integers >= long.MinValue && _integers <= long.MaxValue
        ? QueryValue.Of(QueryNumber.Of((long)_integers))
        : QueryValue.Of((double)_integers + _doubles);

    private void AddExtreme(in QueryValue value)
    {
        if (!value.IsPrimitive)
        {
            return;
        }

        var order = _extreme.Kind == QueryValueKind.Undefined ? 0
            : QueryValue.Compare(value, _extreme) ?? value.Kind.CompareTo(_extreme.Kind);
        if (_extreme.Kind == QueryValueKind.Undefined || (function == AggregateFunction.Min ? order < 0 : order > 0))
        {
            _extreme = value.Detach();
        }
    }
}
