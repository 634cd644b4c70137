using System.Globalization;

namespace Nave.Hub.Queries;

/// <summary>
/// Gives the paths of a tree the names that rows have, and refuses what the grammar lets through but the language does not.
/// </summary>
internal sealed class QueryBinder(ExpressionParser parser)
{
    private const string DevicesPrefix = "devices";

    /// <summary>Binds a query; <see langword="null"/> after an error.</summary>
    public QueryStatement? Bind(QueryStatement statement)
    {
        var source = statement.Source;
        var items = statement.Items.Select(item => item with
        {
            Path = item.Path is null ? null : BindPath(item.Path, source, item.Source),
        });
        var bound = statement with
        {
            Items = new ValueList<SelectItem>(items),
            Where = statement.Where is null ? null : Bind(statement.Where, source),
            GroupBy = new ValueList<QueryPath>(statement.GroupBy.Select(path => BindPath(path, source, default))),
        };
        return parser.Error is null && Check(bound) ? bound : null;
    }

    /// <summary>Binds a condition; errors are the parser's.</summary>
    public Expression Bind(Expression expression, QuerySource source) => expression switch
    {
        PathExpression path => path with { Path = BindPath(path.Path, source, path.Source) },
        UnaryExpression unary => unary with { Operand = Bind(unary.Operand, source) },
        BinaryExpression binary => binary with { Left = Bind(binary.Left, source), Right = Bind(binary.Right, source) },
        InExpression membership => membership with { Operand = Bind(membership.Operand, source) },
        LogicalExpression logical => logical with { Operands = Bind(logical.Operands, source) },
        FunctionExpression function => function with { Arguments = Bind(function.Arguments, source) },
        _ => expression,
    };

    private ValueList<Expression> Bind(ValueList<Expression> expressions, QuerySource source) =>
        new(expressions.Select(expression => Bind(expression, source)));

    // devices.tags.x, devices.modules.moduleId, devices.jobs.status: the collection's name may stand before a path.
    private QueryPath BindPath(QueryPath path, QuerySource source, SourceOffset at)
    {
        if (source == QuerySource.Message)
        {
            return path;
        }

        IEnumerable<PathSegment> segments = path.Segments;
        if (path.Segments.Count > 1 && source < QuerySource.Message && IsName(path.Segments[0], DevicesPrefix))
        {
            var inner = source switch
            {
                QuerySource.Modules => "modules",
                QuerySource.Jobs => "jobs",
                _ => null,
            };
            if (inner is null)
            {
                segments = segments.Skip(1);
            }
            else if (path.Segments.Count > 2 && IsName(path.Segments[1], inner))
            {
                segments = segments.Skip(2);
            }
            else
            {
                parser.Fail(at, string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{QueryError.Shorten(path.ToString())}' at position {at.Offset} is not in the rows of {CollectionNames.Get(source)}; they cannot be joined with other collections."));
                return path;
            }
        }

        var names = segments.ToArray();
        if (names[0].Name is { } root)
        {
            names[0] = PathSegment.Property(AttributeNames.Root(source, root));
            if (names.Length > 1 && names[1].Name is { } second)
            {
                names[1] = PathSegment.Property(AttributeNames.Inner(source, names[0].Name!, second)); // Set one line above.
            }

            return new QueryPath(new ValueList<PathSegment>(names));
        }

        parser.Fail(at, string.Create(
            CultureInfo.InvariantCulture, $"'{QueryError.Shorten(path.ToString())}' at position {at.Offset} needs a name before its index."));
        return path;
    }

    private static bool IsName(PathSegment segment, string name) => name.Equals(segment.Name, StringComparison.OrdinalIgnoreCase);

    private bool Check(QueryStatement statement)
    {
        if (statement.Source == QuerySource.Jobs && (statement.Items.Count > 0 || statement.GroupBy.Count > 0))
        {
            var message = statement.GroupBy.Count > 0 ? "GROUP BY is not permitted" : "only SELECT * is permitted";
            Fail(statement.Items.Count > 0 ? statement.Items[0].Source : default, $"Over devices.jobs {message}.");
            return false;
        }

        if (statement.GroupBy.Count > 0 && statement.Items.Count == 0)
        {
            Fail(default, "SELECT * cannot stand with GROUP BY; name the grouped paths and aggregates.");
            return false;
        }

        return CheckColumns(statement);
    }

    private bool CheckColumns(QueryStatement statement)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in statement.Items)
        {
            if (!names.Add(item.Name))
            {
                Fail(item.Source, string.Create(
                    CultureInfo.InvariantCulture,
                    $"Two columns are called '{QueryError.Shorten(item.Name)}' (position {item.Source.Offset}); give one another name with AS."));
                return false;
            }

            if (item.Aggregate is null && statement.IsAggregate && !statement.GroupBy.Contains(item.Path!)) // Without aggregate it has a path.
            {
                Fail(item.Source, string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{QueryError.Shorten(item.Path!.ToString())}' at position {item.Source.Offset} must stand in GROUP BY, because the query combines rows."));
                return false;
            }
        }

        return true;
    }

    private void Fail(SourceOffset source, string message) => parser.Fail(source, message);
}
