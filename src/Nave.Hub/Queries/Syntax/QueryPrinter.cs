using System.Globalization;
using System.Text;

namespace Nave.Hub.Queries;

/// <summary>Writes a tree as text that parses back to the same tree, with the fewest parentheses that need no thought.</summary>
internal static class QueryPrinter
{
    private const int OrLevel = 1;
    private const int AndLevel = 2;
    private const int NotLevel = 3;
    private const int ComparisonLevel = 4;
    private const int AddLevel = 5;
    private const int MultiplyLevel = 6;
    private const int UnaryLevel = 7;
    private const int PrimaryLevel = 8;

    /// <summary>Writes a query.</summary>
    public static string Print(QueryStatement statement)
    {
        var text = new StringBuilder("SELECT ");
        if (statement.Top is { } top)
        {
            text.Append(CultureInfo.InvariantCulture, $"TOP {top} ");
        }

        text.Append(statement.Items.Count == 0 ? "*" : string.Join(", ", statement.Items.Select(Print)));
        text.Append(" FROM ").Append(CollectionNames.Get(statement.Source));
        if (statement.Where is { } where)
        {
            Append(text.Append(" WHERE "), where, OrLevel);
        }

        if (statement.GroupBy.Count > 0)
        {
            text.Append(" GROUP BY ").AppendJoin(", ", statement.GroupBy.Select(Print));
        }

        return text.ToString();
    }

    /// <summary>Writes an expression.</summary>
    public static string Print(Expression expression)
    {
        var text = new StringBuilder();
        Append(text, expression, OrLevel);
        return text.ToString();
    }

    /// <summary>Writes a path.</summary>
    public static string Print(QueryPath path)
    {
        var text = new StringBuilder();
        foreach (var segment in path.Segments)
        {
            if (segment.Name is not { } name)
            {
                text.Append(CultureInfo.InvariantCulture, $"[{segment.Index}]");
                continue;
            }

            AppendName(text.Append(text.Length > 0 ? "." : ""), name, text.Length == 0);
        }

        return text.ToString();
    }

    private static string Print(SelectItem item)
    {
        var text = new StringBuilder();
        if (item.Aggregate is { } aggregate)
        {
            text.Append(AggregateNames.Get(aggregate)).Append('(').Append(item.Path is null ? "" : Print(item.Path)).Append(')');
        }
        else
        {
            text.Append(item.Path);
        }

        if (item.Alias is { } alias)
        {
            AppendName(text.Append(" AS "), alias, isFirst: false);
        }

        return text.ToString();
    }

    private static void AppendName(StringBuilder text, string name, bool isFirst)
    {
        if (QueryLexer.IsPlainName(name) && !(isFirst && Keywords.IsReserved(name)))
        {
            text.Append(name);
        }
        else
        {
            text.Append("[[").Append(name).Append("]]");
        }
    }

    private static void Append(StringBuilder text, Expression expression, int level)
    {
        var own = LevelOf(expression);
        if (own < level)
        {
            text.Append('(');
        }

        AppendBare(text, expression, own);
        if (own < level)
        {
            text.Append(')');
        }
    }

    private static void AppendBare(StringBuilder text, Expression expression, int level)
    {
        switch (expression)
        {
            case LogicalExpression logical:
                AppendList(text, logical.Operands, logical.Operator == LogicalOperator.And ? " AND " : " OR ", level + 1);
                break;
            case UnaryExpression { Operator: UnaryOperator.Not } not:
                Append(text.Append("NOT "), not.Operand, NotLevel);
                break;
            case UnaryExpression minus:
                // A sign directly before a number would become part of it, and two signs should not touch.
                Append(text.Append('-'), minus.Operand, minus.Operand is NumberLiteral ? PrimaryLevel + 1 : PrimaryLevel);
                break;
            case BinaryExpression binary:
                // Comparisons do not chain, so both sides are one level up; arithmetic chains to the left.
                Append(text, binary.Left, binary.IsComparison ? level + 1 : level);
                text.Append(' ').Append(Operators.Get(binary.Operator)).Append(' ');
                Append(text, binary.Right, level + 1);
                break;
            case InExpression membership:
                Append(text, membership.Operand, level + 1);
                AppendList(text.Append(membership.Negated ? " NIN [" : " IN ["), membership.Elements, ", ", OrLevel);
                text.Append(']');
                break;
            case FunctionExpression function:
                AppendList(text.Append(FunctionTable.Get(function.Function).Name).Append('('), function.Arguments, ", ", OrLevel);
                text.Append(')');
                break;
            case PathExpression path:
                text.Append(Print(path.Path));
                break;
            default:
                AppendLiteral(text, expression);
                break;
        }
    }

    private static void AppendList(StringBuilder text, ValueList<Expression> expressions, string separator, int level)
    {
        for (var i = 0; i < expressions.Count; i++)
        {
            Append(text.Append(i == 0 ? "" : separator), expressions[i], level);
        }
    }

    private static void AppendLiteral(StringBuilder text, Expression expression)
    {
        switch (expression)
        {
            case StringLiteral literal:
                text.Append('\'');
                foreach (var c in literal.Value)
                {
                    _ = c is '\'' or '\\' ? text.Append('\\').Append(c)
                        : char.IsControl(c) ? text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}")
                        : text.Append(c);
                }

                text.Append('\'');
                break;
            case NumberLiteral number:
                text.Append(number.Value.ToString());
                break;
            case BooleanLiteral boolean:
                text.Append(boolean.Value ? "true" : "false");
                break;
            case NullLiteral:
                text.Append("null");
                break;
            case UndefinedLiteral:
                text.Append("undefined");
                break;
            default:
                throw new InvalidOperationException($"The printer does not know {expression.GetType().Name}.");
        }
    }

    private static int LevelOf(Expression expression) => expression switch
    {
        LogicalExpression { Operator: LogicalOperator.Or } => OrLevel,
        LogicalExpression => AndLevel,
        UnaryExpression { Operator: UnaryOperator.Not } => NotLevel,
        UnaryExpression => UnaryLevel,
        InExpression => ComparisonLevel,
        BinaryExpression { IsComparison: true } => ComparisonLevel,
        BinaryExpression { Operator: BinaryOperator.Add or BinaryOperator.Subtract } => AddLevel,
        BinaryExpression => MultiplyLevel,
        _ => PrimaryLevel,
    };
}
