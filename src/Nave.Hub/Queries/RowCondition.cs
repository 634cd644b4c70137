using System.Diagnostics.CodeAnalysis;

namespace Nave.Hub.Queries;

/// <summary>A condition of the query language over rows that are not in a hub, such as the lines of an archive. For one thread.</summary>
public sealed class RowCondition
{
    private readonly CompiledCondition _condition;
    private readonly JsonRow _row;

    private RowCondition(CompiledCondition condition)
    {
        _condition = condition;
        _row = new JsonRow(condition.Paths);
    }

    /// <summary>Parses the body of a WHERE about devices.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RowCondition? condition, [NotNullWhen(false)] out QueryError? error)
    {
        condition = QueryParser.TryParseCondition(text, QuerySource.Devices, out var parsed, out error) ? new RowCondition(new CompiledCondition(parsed.Where)) : null;
        return condition is not null;
    }

    /// <summary>Tells whether a row meets the condition.</summary>
    /// <param name="json">A JSON object with the attributes of a twin.</param>
    public bool Matches(ReadOnlyMemory<byte> json)
    {
        _row.Load(new QueryDocument("", json));
        return _condition.Matches(_row);
    }
}
