using System.Globalization;
using System.Text;

namespace Nave.Hub.Queries;

/// <summary>The groups of a query that combines rows, in the order in which their first rows came.</summary>
internal sealed class QueryGroups(Projection projection)
{
    private readonly Dictionary<string, QueryGroup> _groups = new(StringComparer.Ordinal);
    private readonly List<QueryGroup> _ordered = [];
    private readonly StringBuilder _key = new();

    /// <summary>Takes in a row; false if it would need a group more than is permitted.</summary>
    public bool TryAdd(JsonRow row)
    {
        var key = KeyOf(row);
        if (!_groups.TryGetValue(key, out var group))
        {
            if (_groups.Count == QueryLimits.MaxGroups)
            {
                return false;
            }

            group = new QueryGroup(projection.Columns, row);
            _groups.Add(key, group);
            _ordered.Add(group);
        }

        group.Add(row);
        return true;
    }

    /// <summary>Writes at most <paramref name="top"/> groups. Without GROUP BY there is one, even over no rows.</summary>
    public void WriteTo(RowWriter writer, int? top)
    {
        if (_ordered.Count == 0 && projection.GroupSlots.Count == 0)
        {
            new QueryGroup(projection.Columns, null).WriteTo(writer);
        }

        foreach (var group in _ordered.Take(top ?? int.MaxValue))
        {
            group.WriteTo(writer);
        }
    }

    // Each part is preceded by its length, so that no two lists of values have one key.
    private string KeyOf(JsonRow row)
    {
        if (projection.GroupSlots.Count == 0)
        {
            return "";
        }

        _key.Clear();
        foreach (var slot in projection.GroupSlots)
        {
            var value = row[slot];
            var part = TermValue.Of(value) ?? (value.Kind == QueryValueKind.Undefined ? "u" : $"j{Encoding.UTF8.GetString(value.Utf8)}");
            _key.Append(CultureInfo.InvariantCulture, $"{part.Length}:").Append(part);
        }

        return _key.ToString();
    }
}
