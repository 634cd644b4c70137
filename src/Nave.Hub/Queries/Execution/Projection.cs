using System.Text.Json;

namespace Nave.Hub.Queries;

/// <summary>The columns of a query, with the slots of the paths that they and GROUP BY read. Immutable.</summary>
internal sealed class Projection
{
    private const int NoSlot = -1;

    /// <summary>Compiles the columns of a statement.</summary>
    public Projection(QueryStatement statement)
    {
        var table = new PathTable();
        Columns = [.. statement.Items.Select(item => new ProjectionColumn(
            JsonEncodedText.Encode(item.Name, RowWriter.Encoder), item.Aggregate, item.Path is null ? NoSlot : table.GetSlot(item.Path)))];
        GroupSlots = [.. statement.GroupBy.Select(table.GetSlot)];
        Paths = table.Paths;
    }

    /// <summary>Gets the columns; none = the row as it is.</summary>
    public IReadOnlyList<ProjectionColumn> Columns { get; }

    /// <summary>Gets the slots of the paths to group by.</summary>
    public IReadOnlyList<int> GroupSlots { get; }

    /// <summary>Gets the paths that are read; the place of each is its slot.</summary>
    public IReadOnlyList<QueryPath> Paths { get; }
}
