using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Nave.Hub.Queries;

/// <summary>Parses queries and stand-alone conditions and binds their names. Any text gives a tree or an error, never an exception.</summary>
internal sealed class QueryParser
{
    private readonly ExpressionParser _expressions;
    private readonly QueryLexer _lexer;
    private readonly IReadOnlyList<QuerySource> _sources;

    private QueryParser(string text, IReadOnlyList<QuerySource>? sources = null)
    {
        _sources = sources ?? CollectionNames.Hub;
        _lexer = new QueryLexer(text);
        _expressions = new ExpressionParser(_lexer);
        _lexer.Advance();
    }

    /// <summary>Parses <c>SELECT … FROM … [WHERE …] [GROUP BY …]</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="query">The query as a tree.</param>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="sources">The collections that there are; <see langword="null"/> = a hub's.</param>
    public static bool TryParse(
        string text,
        [NotNullWhen(true)] out QueryStatement? query,
        [NotNullWhen(false)] out QueryError? error,
        IReadOnlyList<QuerySource>? sources = null)
    {
        query = null;
        if (!CheckLength(text, out error))
        {
            return false;
        }

        var parser = new QueryParser(text, sources);
        if (parser.ParseStatement() is { } statement && parser._expressions.ExpectEnd("the end of the query"))
        {
            query = new QueryBinder(parser._expressions).Bind(statement);
        }

        error = parser._expressions.Error;
        return Settle(ref query, error);
    }

    /// <summary>Parses the body of a WHERE alone, about rows of <paramref name="source"/>.</summary>
    public static bool TryParseCondition(
        string text, QuerySource source, [NotNullWhen(true)] out QueryCondition? condition, [NotNullWhen(false)] out QueryError? error)
    {
        condition = null;
        if (!CheckLength(text, out error))
        {
            return false;
        }

        var parser = new QueryParser(text);
        condition = parser.FinishCondition(source);
        error = parser._expressions.Error;
        return Settle(ref condition, error);
    }

    /// <summary>
    /// Parses what a job or a configuration is aimed at: <c>*</c> for every device, the body of a WHERE about devices, or
    /// <c>FROM devices.modules [WHERE …]</c>.
    /// </summary>
    public static bool TryParseTarget(
        string text, [NotNullWhen(true)] out QueryCondition? condition, [NotNullWhen(false)] out QueryError? error)
    {
        condition = null;
        if (!CheckLength(text, out error))
        {
            return false;
        }

        var parser = new QueryParser(text);
        condition = parser.ParseTarget();
        error = parser._expressions.Error;
        return Settle(ref condition, error);
    }

    // An error that binding met outranks the tree.
    private static bool Settle<T>([NotNullWhen(true)] ref T? result, [NotNullWhen(false)] QueryError? error)
        where T : class
    {
        if (error is not null)
        {
            result = null;
        }

        return result is not null;
    }

    private static bool CheckLength(string text, [NotNullWhen(false)] out QueryError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        error = text.Length <= QueryLimits.MaxTextLength ? null : QueryError.At(text, QueryLimits.MaxTextLength, 0, string.Create(
            CultureInfo.InvariantCulture, $"The query has {text.Length} characters; at most {QueryLimits.MaxTextLength} are permitted."));
        return error is null;
    }

    private QueryStatement? ParseStatement()
    {
        if (!ExpectKeyword("SELECT"))
        {
            return null;
        }

        // 1. SELECT
        int? top = null;
        if (_expressions.Current.Is("TOP") && !TryParseTop(out top))
        {
            return null;
        }

        var items = new List<SelectItem>();
        if (!_expressions.Accept(TokenKind.Star) && !TryParseItems(items))
        {
            return null;
        }

        // 2. FROM
        if (!_expressions.AcceptKeyword("FROM"))
        {
            _expressions.FailExpected(items.Count == 0 ? "FROM after '*'" : "',', AS or FROM after the column");
            return null;
        }

        if (ParseSource() is not { } source)
        {
            return null;
        }

        // 3. WHERE, GROUP BY
        Expression? where = null;
        if (_expressions.AcceptKeyword("WHERE"))
        {
            where = _expressions.ParseCondition();
            if (where is null)
            {
                return null;
            }
        }

        var groupBy = new List<QueryPath>();
        if (_expressions.AcceptKeyword("GROUP"))
        {
            if (!ExpectKeyword("BY") || !TryParseGroupBy(groupBy))
            {
                return null;
            }
        }
        else if (_expressions.Current.Kind != TokenKind.End)
        {
            _expressions.FailExpected(where is null ? "WHERE, GROUP BY or the end of the query" : "AND, OR, GROUP BY or the end of the query");
            return null;
        }

        return new QueryStatement(
            top, new ValueList<SelectItem>(items), source, where, new ValueList<QueryPath>(groupBy));
    }

    private bool ExpectKeyword(string keyword)
    {
        if (_expressions.AcceptKeyword(keyword))
        {
            return true;
        }

        _expressions.FailExpected(keyword);
        return false;
    }

    // TOP is a keyword unless what follows says that it is the name of a column.
    private bool TryParseTop(out int? top)
    {
        top = null;
        var word = _lexer.Current;
        _lexer.Advance();
        var token = _expressions.Current;
        if (token.Kind is TokenKind.Comma or TokenKind.Dot or TokenKind.OpenBracket || token.Is("FROM") || token.Is("AS"))
        {
            _lexer.ReturnTo(word);
            return true;
        }

        if (token.Kind != TokenKind.Number || !token.Number.IsInteger || token.Number.Integer is < 1 or > int.MaxValue)
        {
            _expressions.FailExpected("a whole number from 1 to 2147483647 after TOP");
            return false;
        }

        top = (int)token.Number.Integer;
        _lexer.Advance();
        return true;
    }

    private bool TryParseItems(List<SelectItem> items)
    {
        do
        {
            if (ParseItem() is not { } item)
            {
                return false;
            }

            items.Add(item);
        }
        while (_expressions.Accept(TokenKind.Comma));
        return true;
    }

    private SelectItem? ParseItem()
    {
        var first = _expressions.Current;
        if (!IsPathStart(first))
        {
            _expressions.FailExpected(
                $"'*', a path or an aggregate after {_expressions.Describe(_lexer.Previous)}");
            return null;
        }

        if (_expressions.ParsePath() is not { } path)
        {
            return null;
        }

        AggregateFunction? aggregate = null;
        if (_expressions.Current.Kind == TokenKind.OpenParen)
        {
            aggregate = FindAggregate(first, path);
            if (aggregate is null || !TryParseAggregateArgument(aggregate.Value, out path))
            {
                return null;
            }
        }

        return TryParseAlias(out var alias) ? new SelectItem(aggregate, path, alias) { Source = first.Source } : null;
    }

    private AggregateFunction? FindAggregate(Token name, QueryPath path)
    {
        var aggregate = path.Segments.Count == 1 && name.Kind == TokenKind.Word ? AggregateNames.Find(name.Text) : null;
        if (aggregate is null)
        {
            var known = FunctionTable.Find(name.Text) is null ? "" : " Other functions stand in WHERE only.";
            _expressions.Fail(name, string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT takes paths and the aggregates COUNT, SUM, AVG, MIN and MAX, found {_expressions.Describe(name)} at position {name.Offset}.{known}"));
        }

        return aggregate;
    }

    private bool TryParseAggregateArgument(AggregateFunction aggregate, out QueryPath? path)
    {
        path = null;
        _lexer.Advance();
        if (IsPathStart(_expressions.Current))
        {
            path = _expressions.ParsePath();
            if (path is null)
            {
                return false;
            }
        }
        else if (aggregate != AggregateFunction.Count)
        {
            _expressions.FailExpected($"a path as the argument of {AggregateNames.Get(aggregate)}");
            return false;
        }
        else
        {
            // COUNT(*) is what other SQLs call it.
            _expressions.Accept(TokenKind.Star);
        }

        if (_expressions.Accept(TokenKind.CloseParen))
        {
            return true;
        }

        _expressions.FailExpected($"')' after the argument of {AggregateNames.Get(aggregate)}");
        return false;
    }

    private bool TryParseAlias(out string? alias)
    {
        alias = null;
        if (!_expressions.Current.Is("AS"))
        {
            return true;
        }

        // Any word may be an alias, a keyword too.
        _lexer.Advance();
        if (_expressions.Current.Kind is not (TokenKind.Word or TokenKind.BracketName))
        {
            _expressions.FailExpected("a name after AS");
            return false;
        }

        alias = _expressions.Current.Text;
        _lexer.Advance();
        return true;
    }

    private QuerySource? ParseSource()
    {
        var first = _expressions.Current;
        if (!IsPathStart(first))
        {
            _expressions.FailExpected($"{CollectionNames.List(_sources)} after FROM");
            return null;
        }

        if (_expressions.ParsePath() is not { } path)
        {
            return null;
        }

        var name = path.ToString();
        foreach (var source in _sources)
        {
            if (name.Equals(CollectionNames.Get(source), StringComparison.OrdinalIgnoreCase))
            {
                return source;
            }
        }

        var last = _lexer.Previous;
        var whole = new SourceOffset(first.Offset, last.Offset + last.Length - first.Offset);
        _expressions.Fail(whole, string.Create(
            CultureInfo.InvariantCulture,
            $"There is no collection '{QueryError.Shorten(name)}' (position {first.Offset}); after FROM stands {CollectionNames.List(_sources)}."));
        return null;
    }

    private bool TryParseGroupBy(List<QueryPath> groupBy)
    {
        do
        {
            if (!IsPathStart(_expressions.Current))
            {
                _expressions.FailExpected($"a path after {_expressions.Describe(_lexer.Previous)}");
                return false;
            }

            if (_expressions.ParsePath() is not { } path)
            {
                return false;
            }

            groupBy.Add(path);
        }
        while (_expressions.Accept(TokenKind.Comma));
        return true;
    }

    private QueryCondition? ParseTarget()
    {
        if (_expressions.Accept(TokenKind.Star))
        {
            return _expressions.ExpectEnd("the end of the condition after '*'") ? new QueryCondition(QuerySource.Devices, null) : null;
        }

        if (!_expressions.AcceptKeyword("FROM"))
        {
            return FinishCondition(QuerySource.Devices);
        }

        var from = _expressions.Current;
        if (ParseSource() is not { } source)
        {
            return null;
        }

        if (source == QuerySource.Jobs)
        {
            _expressions.Fail(from, "A condition is about devices or devices.modules, not devices.jobs.");
            return null;
        }

        if (_expressions.AcceptKeyword("WHERE"))
        {
            return FinishCondition(source);
        }

        return _expressions.ExpectEnd("WHERE or the end of the condition") ? new QueryCondition(source, null) : null;
    }

    private QueryCondition? FinishCondition(QuerySource source)
    {
        var where = _expressions.ParseCondition();
        if (where is null || !_expressions.ExpectEnd("AND, OR or the end of the condition"))
        {
            return null;
        }

        return new QueryCondition(source, new QueryBinder(_expressions).Bind(where, source));
    }

    private static bool IsPathStart(Token token) =>
        token.Kind == TokenKind.BracketName || (token.Kind == TokenKind.Word && !Keywords.IsReserved(token.Text));
}
